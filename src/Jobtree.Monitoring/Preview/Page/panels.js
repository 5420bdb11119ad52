// Panels of Grafana's format, drawn into the grid.

import { color, dial, heatMap, sparkline, timeSeries } from './charts.js';
import { legend, query } from './prometheus.js';
import { format } from './units.js';

const seriesMax = 40;

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function tip(event, title, rows) {
  const box = document.getElementById('tip');
  box.hidden = event === null;
  if (event === null) return;
  box.replaceChildren(title, ...rows.map(([color, name, value]) => {
    const mark = element('i');
    mark.style.background = color;
    return element('div', {}, mark, name, element('b', { textContent: value }));
  }));
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  box.style.left = `${event.clientX + 14 + width > innerWidth ? event.clientX - width - 14 : event.clientX + 14}px`;
  box.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, event.clientY + 10))}px`;
}

const last = (series) => series.points.findLast((point) => Number.isFinite(point[1]))?.[1] ?? NaN;

// The colour and the word of a value, as the panel's thresholds have them.
function judge(value, defaults) {
  const named = (name) => `var(--${name})`;
  const text = format(value, defaults.unit);
  if (defaults.color.mode === 'fixed') return { text, color: named(defaults.color.fixedColor) };
  const steps = defaults.thresholds.steps.filter((step) => step.value === null || value >= step.value);
  return { text, color: named(steps.at(-1).color) };
}

const empty = (panel) => element('div', {
  className: 'none', textContent: panel.fieldConfig.defaults.noValue ?? 'no data',
});

// The colour that the panel gives to a series by its name.
function own(panel, name) {
  const override = panel.fieldConfig.overrides.find((each) => each.matcher.options === name);
  return override && `var(--${override.properties[0].value.fixedColor})`;
}

function list(series) {
  const more = series.length - seriesMax;
  return element('div', { className: 'legend' }, ...series.slice(0, seriesMax).map((each) => {
    const mark = element('i');
    mark.style.background = each.color;
    return element('div', { title: each.name }, mark, each.name);
  }), ...(more > 0 ? [`and ${more} more`] : []));
}

const drawings = {
  timeseries(body, series, panel, { range, step }) {
    const defaults = panel.fieldConfig.defaults;
    const coloured = series.map((each, i) => ({ ...each, color: own(panel, each.name) ?? color(i) }));
    const plot = element('div', { className: 'body' });
    body.replaceWith(plot);
    if (coloured.length > 1 || coloured[0].name !== panel.title) plot.after(list(coloured));
    timeSeries(plot, coloured.slice(0, seriesMax), {
      range, step, unit: defaults.unit, min: defaults.min, max: defaults.max, custom: defaults.custom, tip,
    });
  },

  heatmap(body, series, panel, { range, step }) {
    if (!heatMap(body, series, { range, step, unit: panel.options.yAxis.unit, tip })) body.append(empty(panel));
  },

  stat(body, series, panel) {
    const grid = element('div', { className: 'stats' });
    grid.style.gridTemplateColumns = `repeat(${Math.min(3, series.length)}, minmax(0, 1fr))`;
    for (const each of series.slice(0, 12)) {
      const { text, color } = judge(last(each), panel.fieldConfig.defaults);
      const value = element('b', { textContent: text });
      value.style.color = color;
      const stat = element('div', { className: series.length > 1 ? 'stat many' : 'stat' }, value);
      if (series.length > 1 || each.name !== panel.title) stat.append(element('small', { textContent: each.name }));
      const line = panel.options.graphMode === 'area' ? sparkline(each.points, color) : null;
      if (line) stat.prepend(line);
      grid.append(stat);
    }

    body.append(grid);
  },

  gauge(body, series, panel) {
    const { min = 0, max = 1 } = panel.fieldConfig.defaults;
    const grid = element('div', { className: 'stats' });
    grid.style.gridTemplateColumns = `repeat(${Math.min(4, series.length)}, minmax(0, 1fr))`;
    for (const each of series.slice(0, 8)) {
      const value = last(each);
      const { text, color } = judge(value, panel.fieldConfig.defaults);
      grid.append(element('div', { title: each.name }, dial((value - min) / (max - min), text, color)));
    }

    body.append(grid);
  },

  bargauge(body, series, panel) {
    const most = panel.fieldConfig.defaults.max ?? Math.max(...series.map(last));
    const bars = series.toSorted((a, b) => last(b) - last(a)).slice(0, seriesMax).map((each) => {
      const { text, color } = judge(last(each), panel.fieldConfig.defaults);
      const fill = element('div');
      fill.style.cssText = `width: ${(100 * last(each) / (most || 1)).toFixed(1)}%; height: 100%; background: ${color}`;
      return element('div', { className: 'bar' }, element('span', { textContent: each.name, title: each.name }),
        element('div', {}, fill), element('b', { textContent: text }));
    });
    body.append(element('div', { className: 'bars' }, ...bars));
  },

  table(body, results, panel, { open }) {
    const names = panel.transformations.find((each) => each.id === 'organize').options.renameByName;
    const columns = panel.targets.map((target) => names.Value ?? names[`Value #${target.refId}`]);
    const rows = new Map();
    for (const each of results) {
      const labels = Object.entries(each.labels).filter(([label]) => label !== '__name__');
      const key = JSON.stringify(labels.toSorted());
      if (!rows.has(key)) rows.set(key, { labels: Object.fromEntries(labels), cells: [] });
      rows.get(key).cells[each.target] = last(each);
    }

    const labels = [...new Set([...rows.values()].flatMap((row) => Object.keys(row.labels)))];
    const sorted = [...rows.values()].toSorted((a, b) => (b.cells[0] ?? 0) - (a.cells[0] ?? 0)).slice(0, 100);
    const link = panel.fieldConfig.defaults.links?.[0];
    const head = element('tr', {}, ...labels.map((label) => element('th', { textContent: label })),
      ...columns.map((column) => element('th', { textContent: column, className: 'number' })));
    body.append(element('div', { className: 'scroll' }, element('table', {}, element('thead', {}, head),
      element('tbody', {}, ...sorted.map((row) => element('tr', {},
        ...labels.map((label) => element('td', {}, row.labels[label] ?? '')),
        ...columns.map((_, i) => {
          const text = format(row.cells[i], panel.fieldConfig.defaults.unit);
          if (!link || i > 0) return element('td', { className: 'number', textContent: text });
          const anchor = element('a', { href: open(link, row.labels), title: link.title, textContent: text });
          return element('td', { className: 'number' }, anchor);
        })))))));
  },
};

// Draws one panel: its frame at once, and its data when they are there.
export async function draw(panel, grid, context) {
  const { x, y, w, h } = panel.gridPos;
  const box = panel.type === 'row'
    ? element('div', { className: 'row', textContent: panel.title })
    : element('section', { className: 'panel' },
      element('h2', { title: panel.description }, panel.title, element('span', { textContent: 'i' })),
      element('div', { className: 'body' }));
  box.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
  grid.append(box);
  if (panel.type === 'row') return;
  const body = box.querySelector('.body');
  try {
    const points = Math.min(panel.maxDataPoints ?? 400, Math.max(50, Math.floor(box.clientWidth / 2)));
    const answers = await Promise.all(panel.targets.map(
      (target) => query(target, context.variables, context.range, points, context.scrapeInterval)));
    const series = answers.flatMap((answer, i) => answer.series.map((each) => ({
      ...each, target: i, name: legend(panel.targets[i], each.labels, panel.title),
    }))).filter((each) => each.points.some((point) => Number.isFinite(point[1])));
    if (series.length === 0) body.append(empty(panel));
    else drawings[panel.type](body, series, panel, { ...context, step: answers[0].step });
  } catch (failure) {
    body.append(element('div', { className: 'error', textContent: failure.message }));
  }
}
