// The data: queries through the preview's own paths, and the variables of dashboards.

async function ask(path, parameters) {
  const answer = await fetch(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = await answer.json().catch(() => ({ error: `the answer has the status ${answer.status}` }));
  if (body.status !== 'success') throw new Error(body.error);
  return body.data;
}

// Durations as Grafana computes them: a rate needs at least four scrapes.
export function windows(range, points, scrapeInterval) {
  const nice = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const raw = Math.max(range.seconds / points, scrapeInterval);
  const step = nice.find((each) => each >= raw) ?? raw;
  return { step, rate: Math.max(step + scrapeInterval, 4 * scrapeInterval) };
}

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\\/g, '\\\\').replace(/"/g, '\\"');

// Puts the chosen values and the durations into a query.
export function fill(text, variables, { range, rate, step } = {}) {
  return text
    .replaceAll('$__rate_interval', `${Math.ceil(rate)}s`)
    .replaceAll('$__interval', `${Math.ceil(step)}s`)
    .replaceAll('$__range', `${range?.seconds}s`)
    .replace(/\$(\w+)/g, (all, name) => {
      const variable = variables[name];
      if (!variable) return all;
      if (variable.chosen === null) return variable.all;
      return variable.chosen.length === 1 ? escaped(variable.chosen[0]) : `(${variable.chosen.map(escaped).join('|')})`;
    });
}

// The values of a variable of a dashboard: label_values(series{...}, label).
export async function values(variable, variables, range) {
  const [, series, label] = /^label_values\((.*), (\w+)\)$/s.exec(variable.query.query) ?? [];
  if (!label) throw new Error(`the variable ${variable.name} is no label_values(series, label)`);
  return ask(`label/${label}/values`, { 'match[]': fill(series, variables), start: range.from, end: range.to });
}

// The series of a query: labels, and [time, value] pairs; of an instant query one pair.
export async function query(target, variables, range, points, scrapeInterval) {
  const { step, rate } = windows(range, points, scrapeInterval);
  const text = fill(target.expr, variables, { range, rate, step });
  const number = ([time, value]) => [time, Number(value)];
  if (target.instant) {
    const data = await ask('query', { query: text, time: range.to });
    const result = data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : data.result;
    return { step, series: result.map((each) => ({ labels: each.metric, points: [number(each.value)] })) };
  }

  // Aligned to the step, so that a reload draws the same points.
  const [start, end] = [Math.floor(range.from / step) * step, Math.floor(range.to / step) * step];
  const data = await ask('query_range', { query: text, start, end, step });
  return { step, series: data.result.map((each) => ({ labels: each.metric, points: each.values.map(number) })) };
}

export function legend(target, labels, title) {
  if (target.legendFormat && target.legendFormat !== '__auto')
    return target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '') || title;
  const pairs = Object.entries(labels).filter(([label]) => label !== '__name__');
  return pairs.length === 0 ? title : pairs.map(([, value]) => value).join(' ');
}
