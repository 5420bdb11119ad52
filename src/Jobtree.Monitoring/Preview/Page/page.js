// The page: which dashboard, which values of its variables, which time range. All of it is in the address.

import { draw, element } from './panels.js';
import { values } from './prometheus.js';

const ranges = { '5m': 300, '10m': 600, '15m': 900, '30m': 1800, '1h': 3600, '3h': 10800, '6h': 21600, '12h': 43200,
  '1d': 86400, '2d': 172800, '7d': 604800 };
const refreshEvery = 30_000;
const state = new URLSearchParams(location.search);
const byId = (id) => document.getElementById(id);

function fail(problem) {
  byId('problem').textContent = problem;
  byId('problem').hidden = false;
}

function address(changes) {
  const next = new URLSearchParams(state);
  for (const [key, value] of Object.entries(changes)) {
    next.delete(key);
    for (const each of [value].flat().filter((each) => each !== null)) next.append(key, each);
  }

  return `/?${next}`;
}

const go = (changes) => { location.href = address(changes); };

function theme() {
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return state.get('theme') === 'dark' || state.get('theme') === 'light' ? state.get('theme') : preferred;
}

function timeRange() {
  const seconds = ranges[state.get('range')] ?? 3600;
  const now = Number(state.get('to')) || Math.floor(Date.now() / 1000);
  return { from: now - seconds, to: now, seconds };
}

// The variables in their order: the values of each depend on what is chosen in those before it.
async function resolve(dashboard, range) {
  const variables = {};
  for (const variable of dashboard.templating.list.filter((each) => each.type === 'query')) {
    const known = (await values(variable, variables, range)).toSorted();
    const wanted = state.getAll(`var-${variable.name}`).filter((each) => known.includes(each));
    const usual = (variable.current?.value ?? []).filter((each) => known.includes(each));
    const first = variable.includeAll ? [] : known.slice(0, 1);
    const [chosen = null] = [wanted, usual, first].filter((each) => each.length > 0);
    const isAll = state.get(`var-${variable.name}`) === '$__all' && variable.includeAll;
    variables[variable.name] = {
      label: variable.label, all: variable.allValue, hasAll: variable.includeAll, known, chosen: isAll ? null : chosen,
    };
  }

  return variables;
}

function controls(variables) {
  const select = (label, options, onchange) => element('label', {}, label, element('select', { onchange }, ...options));
  const option = (value, text, selected) => element('option', { value, textContent: text, selected });
  byId('controls').replaceChildren(
    ...Object.entries(variables).map(([name, { label, hasAll, known, chosen }]) => select(label,
      [...(hasAll || chosen === null ? [option('$__all', hasAll ? 'All' : 'none', chosen === null)] : []),
        ...known.map((value) => option(value, value, chosen?.includes(value) ?? false))],
      (event) => go({ [`var-${name}`]: event.target.value }))),
    select('Last', Object.keys(ranges).map((range) => option(range, range, range === (state.get('range') ?? '1h'))),
      (event) => go({ range: event.target.value })),
    select('Theme', ['light', 'dark'].map((each) => option(each, each, each === theme())),
      (event) => go({ theme: event.target.value })));
}

async function show(dashboard, scrapeInterval) {
  const range = timeRange();
  const variables = await resolve(dashboard, range);
  controls(variables);
  const open = (link, labels) => {
    const uid = /^\/d\/([\w-]+)/.exec(link.url)[1];
    const chosen = Object.entries(labels).map(([label, value]) => [`var-${label}`, value]);
    return address({ d: uid, ...Object.fromEntries(chosen) });
  };
  // A new grid replaces the old one when it is complete, so that a refresh does not flicker.
  const grid = element('div');
  grid.id = 'grid';
  grid.style.position = 'absolute';
  grid.style.visibility = 'hidden';
  grid.style.width = `${byId('grid').clientWidth}px`;
  byId('grid').after(grid);
  await Promise.all(dashboard.panels.map((panel) => draw(panel, grid, { range, variables, scrapeInterval, open })));
  byId('grid').remove();
  grid.removeAttribute('style');
  document.documentElement.dataset.ready = 'true';
}

async function start() {
  document.documentElement.dataset.theme = theme();
  const [settings, dashboards] = await Promise.all(['/settings', '/dashboards'].map(async (path) =>
    (await fetch(path)).json()));
  const dashboard = dashboards.find((each) => each.uid === state.get('d')) ?? dashboards[0];
  const name = (each) => each.title.replace('Jobtree / ', '');
  byId('dashboards').replaceChildren(element('strong', { textContent: 'Jobtree' }), ...dashboards.map((each) => {
    const link = element('a', { href: address({ d: each.uid }), textContent: name(each), title: each.description });
    if (each === dashboard) link.setAttribute('aria-current', 'page');
    return link;
  }));
  byId('title').textContent = name(dashboard);
  byId('description').textContent = dashboard.description;
  document.title = dashboard.title;
  const refresh = () => show(dashboard, settings.scrapeInterval).then(
    () => { byId('problem').hidden = true; }, (failure) => fail(failure.message));
  await refresh();
  if (!state.has('to')) setInterval(refresh, refreshEvery);
}

start().catch((failure) => fail(failure.message));
