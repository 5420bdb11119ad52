// Values as people read them, by Grafana's names of units.

function scaled(value, steps, suffixSpace = ' ') {
  const size = Math.abs(value);
  let [factor, name] = steps[0];
  for (const [each, unit] of steps)
    if (size >= each) [factor, name] = [each, unit];
  return digits(value / factor) + (name ? suffixSpace + name : '');
}

// Three significant digits, without zeros at the end.
export function digits(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return String(Number(size >= 100 ? value.toFixed(0) : value.toPrecision(3)));
}

const seconds = [[1e-9, 'ns'], [1e-6, 'µs'], [1e-3, 'ms'], [1, 's'], [60, 'min'], [3600, 'h'], [86400, 'd']];
const decimal = [[1, ''], [1e3, 'K'], [1e6, 'M'], [1e9, 'G']];
const binary = [[1, 'B'], [1024, 'KiB'], [1024 ** 2, 'MiB'], [1024 ** 3, 'GiB'], [1024 ** 4, 'TiB']];

const formats = {
  short: (value) => scaled(value, decimal),
  none: digits,
  percentunit: (value) => digits(value * 100) + ' %',
  s: (value) => value === 0 ? '0 s' : scaled(value, seconds),
  ms: (value) => value === 0 ? '0 ms' : scaled(value / 1000, seconds),
  h: (value) => digits(value) + ' h',
  bytes: (value) => scaled(value, binary),
  Bps: (value) => scaled(value, binary) + '/s',
  ops: (value) => scaled(value, decimal) + ' /s',
  opm: (value) => scaled(value, decimal) + ' /min',
  reqps: (value) => scaled(value, decimal) + ' req/s',
};

export function format(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '−∞';
  return (formats[unit] ?? formats.short)(value);
}

// Round numbers between two values: for time, steps of minutes and hours too; for bytes, powers of two.
export function ticks(min, max, count, unit) {
  if (max === min) return [min];
  const raw = (max - min) / count;
  const base = unit === 'bytes' || unit === 'Bps' ? 1024 ** Math.max(0, Math.floor(Math.log(raw) / Math.log(1024))) : 1;
  let step;
  if (unit === 's' && raw > 1)
    step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800]
      .find((each) => each >= raw) ?? raw;
  else {
    const power = 10 ** Math.floor(Math.log10(raw / base));
    step = base * power * [1, 2, 2.5, 5, 10].find((each) => each * power >= raw / base * 0.999);
  }
  const values = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-6; i++) values.push(i * step);
  return values;
}
