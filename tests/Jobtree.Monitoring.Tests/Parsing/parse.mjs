// Parses PromQL with Prometheus' own grammar: a JSON array of queries on standard input, on standard output for each
// query where it has an error, or what it selects and by what it groups. The argument is the folder of the packages.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { parser } = createRequire(process.argv[2] + '/')('@prometheus-io/lezer-promql');

function parse(query) {
  const text = (node) => query.slice(node.from, node.to);
  const parsed = { error: null, selectors: [], groupings: [] };
  parser.parse(query).iterate({
    enter({ node }) {
      if (node.type.isError)
        parsed.error ??= `at ${node.from}: ${query.slice(node.from, node.from + 20) || 'the end'}`;
      else if (node.name === 'VectorSelector')
        parsed.selectors.push({ at: node.from, ...selector(node, text) });
      else if (node.name === 'AggregateExpr')
        parsed.groupings.push({ from: node.from, to: node.to, labels: labels(node, text) });
    },
  });
  for (const grouping of parsed.groupings)
    grouping.selectors = parsed.selectors.flatMap((each, i) => each.at >= grouping.from && each.at < grouping.to ? i : []);
  return parsed;
}

function selector(node, text) {
  const name = node.getChild('Identifier');
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    operator: text(matcher.getChild('MatchOp')),
    value: text(matcher.getChild('StringLiteral')).slice(1, -1),
  }));
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : null;
  const call = matrix?.parent?.name === 'FunctionCallBody' ? matrix.parent.parent : null;
  return {
    name: name ? text(name) : matchers.find((matcher) => matcher.label === '__name__')?.value ?? '',
    matchers,
    window: matrix?.getChild('DurationExpr') ? text(matrix.getChild('DurationExpr')) : null,
    call: call ? text(call.getChild('FunctionIdentifier')) : null,
  };
}

function labels(node, text) {
  const modifier = node.getChild('AggregateModifier');
  return !modifier || !modifier.getChild('By')
    ? null
    : modifier.getChild('GroupingLabels').getChildren('LabelName').map(text);
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(parse)));
