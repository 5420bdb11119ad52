// Charts as SVG.

import { format, ticks } from './units.js';

const light = ['#1f6fc4', '#e07b16', '#1a8754', '#b5389d', '#c9a800', '#d0313d', '#00919c', '#7a55c7', '#8a5a3b',
  '#5b6b7f'];
const dark = ['#6ea8f0', '#f2a33a', '#56b881', '#dd7fd0', '#e8d05a', '#f2616b', '#4fc4cf', '#ab90ee', '#c19a80',
  '#98a6b8'];

export const color = (index) => (document.documentElement.dataset.theme === 'dark' ? dark : light)[index % 10];

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const clock = (time, range) => new Date(time * 1000).toLocaleString('en-GB', range.seconds > 2 * 86400
  ? { day: '2-digit', month: 'short' }
  : { hour: '2-digit', minute: '2-digit', ...(range.seconds <= 300 ? { second: '2-digit' } : {}) });

function timeTicks(range, count) {
  const steps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const step = steps.find((each) => range.seconds / each <= count) ?? 1209600;
  const offset = new Date(range.from * 1000).getTimezoneOffset() * 60;
  const times = [];
  for (let time = Math.ceil((range.from - offset) / step) * step + offset; time <= range.to; time += step)
    times.push(time);
  return times;
}

// The plot area with axes: returns the drawing and the functions from values to pixels.
function frame(box, range, labels, position) {
  const width = box.clientWidth, height = box.clientHeight;
  const left = Math.min(width / 3, 12 + Math.max(...labels.map(([, text]) => text.length)) * 6.2);
  const area = { left, top: 6, right: width - 4, bottom: height - 18 };
  const x = (time) => area.left + (time - range.from) / range.seconds * (area.right - area.left);
  const y = (value) => area.bottom - position(value) * (area.bottom - area.top);
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' });
  for (const [value, text] of labels) {
    drawing.append(
      svg('line', { x1: area.left, x2: area.right, y1: y(value), y2: y(value), stroke: 'var(--grid)' }),
      svg('text', { x: area.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, text));
  }

  for (const time of timeTicks(range, Math.max(2, (area.right - area.left) / 75))) {
    const isLast = x(time) > area.right - 22;
    drawing.append(svg('text', { x: isLast ? area.right + 4 : x(time), y: height - 3,
      'text-anchor': isLast ? 'end' : 'middle' }, clock(time, range)));
  }

  box.append(drawing);
  return { drawing, area, x, y };
}

// Each series is { name, color, points, stroke }; stacked ones get a lower edge for every point.
function stack(series) {
  const sums = new Map();
  return series.map((each) => ({
    ...each,
    points: each.points.map(([time, value]) => {
      const below = sums.get(time) ?? 0;
      const above = below + (Number.isFinite(value) ? value : 0);
      sums.set(time, above);
      return [time, above, below, value];
    }),
  }));
}

// Runs of points without a gap: a missing scrape is not bridged.
function segments(points, step) {
  const parts = [];
  let last = null;
  for (const point of points) {
    if (!Number.isFinite(point[1])) { last = null; continue; }
    if (last === null || point[0] - last > step * 1.5) parts.push([]);
    parts.at(-1).push(point);
    last = point[0];
  }
  return parts;
}

export function timeSeries(box, series, { range, step, unit, min, max, custom, tip }) {
  const isBars = custom.drawStyle === 'bars', isStacked = custom.stacking.mode === 'normal';
  const drawn = isStacked ? stack(series) : series;
  const values = drawn.flatMap((each) => each.points.map((point) => point[1])).filter(Number.isFinite);
  let low = min ?? Math.min(...values), high = Math.max(max ?? -Infinity, ...values);
  if (!(high > low)) high = low + (unit === 'percentunit' ? 0.01 : 1);
  const marks = ticks(low, high, Math.max(2, Math.floor(box.clientHeight / 38)), unit);
  const stepOfMarks = marks.length > 1 ? marks[1] - marks[0] : 1;
  if (max === undefined && high > marks.at(-1) + stepOfMarks * 0.05) marks.push(marks.at(-1) + stepOfMarks);
  if (min === undefined && low < marks[0] - stepOfMarks * 0.05) marks.unshift(marks[0] - stepOfMarks);
  [low, high] = [Math.min(low, marks[0]), Math.max(high, marks.at(-1))];
  const plot = frame(box, range, marks.map((mark) => [mark, format(mark, unit)]),
    (value) => (value - low) / (high - low));
  const { x, y, area } = plot;
  const base = y(Math.max(low, Math.min(0, high)));
  const opacity = custom.fillOpacity / 100;
  // The first series of a stack lies at the bottom; later ones must not cover it.
  for (const each of drawn) {
    if (isBars) {
      const width = Math.max(1, (x(step) - x(0)) * 0.85);
      for (const [time, above, below = 0] of each.points.filter((point) => point[1] > (point[2] ?? 0))) {
        const left = Math.max(area.left, x(time) - width / 2);
        plot.drawing.append(svg('rect', {
          x: left, width: Math.max(0.5, Math.min(width, area.right - left)), y: y(above),
          height: Math.max(0.5, (isStacked ? y(below) : base) - y(above)), fill: each.color, opacity,
        }));
      }
      continue;
    }

    for (const part of segments(each.points, step)) {
      const upper = part.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`);
      const lower = isStacked
        ? part.toReversed().map((point) => `${x(point[0]).toFixed(1)},${y(point[2]).toFixed(1)}`)
        : [`${x(part.at(-1)[0]).toFixed(1)},${base}`, `${x(part[0][0]).toFixed(1)},${base}`];
      plot.drawing.append(
        svg('polygon', { points: [...upper, ...lower].join(' '), fill: each.color, opacity }),
        part.length === 1
          ? svg('circle', { cx: x(part[0][0]), cy: y(part[0][1]), r: 2, fill: each.color })
          : svg('polyline', { points: upper.join(' '), fill: 'none', stroke: each.color, 'stroke-width': 1.5,
            'stroke-linejoin': 'round' }));
    }
  }

  const cursor = svg('line', { y1: area.top, y2: area.bottom, stroke: 'var(--soft)', 'stroke-dasharray': '3 3',
    visibility: 'hidden' });
  plot.drawing.append(cursor);
  plot.drawing.addEventListener('pointermove', (event) => {
    const at = (event.clientX - plot.drawing.getBoundingClientRect().left - area.left) / (area.right - area.left);
    const wanted = range.from + at * range.seconds;
    const rows = drawn.flatMap((each) => {
      const near = each.points.find((point) => Math.abs(point[0] - wanted) <= step / 2);
      return near ? [[each.color, each.name, near[3] ?? near[1], near[0]]] : [];
    }).toSorted((a, b) => b[2] - a[2]).slice(0, 20);
    if (rows.length === 0) return;
    cursor.setAttribute('x1', x(rows[0][3]));
    cursor.setAttribute('x2', x(rows[0][3]));
    cursor.setAttribute('visibility', 'visible');
    tip(event, new Date(rows[0][3] * 1000).toLocaleTimeString('en-GB'),
      rows.map(([color, name, value]) => [color, name, format(value, unit)]));
  });
  plot.drawing.addEventListener('pointerleave', () => {
    cursor.setAttribute('visibility', 'hidden');
    tip(null);
  });
}

// Buckets of a histogram over time: what each bucket has beyond the one below it.
export function heatMap(box, series, { range, step, unit, tip }) {
  const bound = (each) => each.labels.le === '+Inf' ? Infinity : Number(each.labels.le);
  const buckets = series.toSorted((a, b) => bound(a) - bound(b));
  const cells = [];
  let below = new Map();
  buckets.forEach((bucket, row) => {
    const own = new Map(bucket.points);
    for (const [time, value] of own) {
      const count = value - (below.get(time) ?? 0);
      if (count > 1e-9) cells.push({ time, row, count });
    }
    below = own;
  });
  if (cells.length === 0) return false;
  const first = Math.max(0, Math.min(...cells.map((cell) => cell.row)) - 1);
  const last = Math.min(buckets.length - 1, Math.max(...cells.map((cell) => cell.row)) + 1);
  const rows = last - first + 1;
  const name = (row) => bound(buckets[row]) === Infinity ? '+∞' : format(bound(buckets[row]), unit);
  const every = Math.ceil(rows / Math.max(2, Math.floor(box.clientHeight / 22)));
  const labels = [];
  for (let row = first; row <= last; row += every) labels.push([row, name(row)]);
  const plot = frame(box, range, labels, (row) => (row - first + 1) / rows);
  const { x, y, area } = plot;
  const most = Math.max(...cells.map((cell) => cell.count));
  const width = x(step) - x(0), height = (area.bottom - area.top) / rows;
  for (const cell of cells) {
    const share = 12 + 88 * Math.sqrt(cell.count / most);
    const left = Math.max(area.left, x(cell.time) - width);
    const rect = svg('rect', {
      x: left, y: y(cell.row), width: Math.max(1, Math.min(x(cell.time), area.right) - left - 0.6),
      height: Math.max(1, height - 0.6),
      fill: `color-mix(in oklab, var(--heat-high) ${share.toFixed(0)}%, var(--heat-low))`,
    });
    rect.addEventListener('pointermove', (event) => tip(event, new Date(cell.time * 1000).toLocaleTimeString('en-GB'),
      [['var(--heat-high)', `${cell.row ? name(cell.row - 1) : '0'} to ${name(cell.row)}`, cell.count.toFixed(1)]]));
    rect.addEventListener('pointerleave', () => tip(null));
    plot.drawing.append(rect);
  }

  return true;
}

export function sparkline(points, stroke) {
  const finite = points.filter((point) => Number.isFinite(point[1]));
  if (finite.length < 2) return null;
  const times = finite.map((point) => point[0]), values = finite.map((point) => point[1]);
  const [from, to] = [times[0], times.at(-1)];
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const height = (value) => high > low ? (value - low) / (high - low) : 0;
  const place = ([time, value]) =>
    `${((time - from) / (to - from) * 100).toFixed(2)},${(30 - height(value) * 28).toFixed(2)}`;
  const line = finite.map(place).join(' ');
  return svg('svg', { viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('polygon', { points: `0,30 ${line} 100,30`, fill: stroke, opacity: 0.35 }),
    svg('polyline', {
      points: line, fill: 'none', stroke, 'stroke-width': 1.5, 'vector-effect': 'non-scaling-stroke',
    }));
}

// A dial of 240 degrees.
export function dial(share, text, fill) {
  const point = (part, radius) => {
    const angle = (150 + 240 * part) * Math.PI / 180;
    return `${(60 + radius * Math.cos(angle)).toFixed(2)} ${(52 + radius * Math.sin(angle)).toFixed(2)}`;
  };
  const arc = (part) => `M ${point(0, 44)} A 44 44 0 ${part > 0.75 ? 1 : 0} 1 ${point(part, 44)}`;
  const drawing = svg('svg', { viewBox: '0 0 120 84', role: 'img' },
    svg('path', { d: arc(1), fill: 'none', stroke: 'var(--track)', 'stroke-width': 10, 'stroke-linecap': 'round' }));
  if (share > 0.005) {
    drawing.append(svg('path', { d: arc(Math.min(1, share)), fill: 'none', stroke: fill, 'stroke-width': 10,
      'stroke-linecap': 'round' }));
  }
  const label = svg('text', { x: 60, y: 60, 'text-anchor': 'middle' }, text);
  Object.assign(label.style, { fontSize: '17px', fontWeight: 600, fill });
  drawing.append(label);
  return drawing;
}
