// What the preview's page computes, without a browser: prints each difference to what is due.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// By their text: node takes files for modules only with a package.json beside them.
const load = (name) => import(`data:text/javascript,${encodeURIComponent(readFileSync(join(process.argv[2], name)))}`);
const { fill, legend, windows } = await load('prometheus.js');
const { format, ticks } = await load('units.js');

function due(actual, expected) {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== should) console.log(`${is} instead of ${should}`);
}

const range = { from: 0, to: 3600, seconds: 3600 };
const variables = {
  job: { all: '.+', chosen: ['jobtree'] },
  instance: { all: '.+', chosen: null },
  flavor: { all: '.+', chosen: ['A100', 'H100.80"GB'] },
};
due(fill('sum(rate(a{job=~"$job", instance=~"$instance", flavor=~"$flavor"}[$__rate_interval]))', variables,
  { range, rate: 60, step: 15 }),
'sum(rate(a{job=~"jobtree", instance=~".+", flavor=~"(A100|H100\\\\.80\\"GB)"}[60s]))');
due(fill('increase(a[$__range])', variables, { range }), 'increase(a[3600s])');
due(windows(range, 240, 15), { step: 15, rate: 60 });
due(windows({ seconds: 86400 }, 240, 15), { step: 600, rate: 615 });
due(legend({ legendFormat: '{{a}} of {{b}}' }, { a: 'x', b: 'y' }, 'Title'), 'x of y');
due(legend({ legendFormat: '__auto' }, {}, 'Title'), 'Title');
due([0.00025, 0.5, 90, 7200].map((value) => format(value, 's')), ['250 µs', '500 ms', '1.5 min', '2 h']);
due([format(0.5, 'percentunit'), format(1536, 'bytes'), format(12345, 'short'), format(NaN, 's')],
  ['50 %', '1.5 KiB', '12.3 K', '–']);
due(ticks(0, 1, 4), [0, 0.25, 0.5, 0.75, 1]);
due(ticks(0, 100, 4, 's'), [0, 30, 60, 90]);
