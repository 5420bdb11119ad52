// Reads a JSON array of LogQL queries and writes, for each, where it does not parse, and the label matchers and line
// filters of its log selection. The parser is the one of Grafana's own editor.
const { createRequire } = require('node:module');
const { parser } = createRequire(process.argv[2] + '/')('@grafana/lezer-logql');

// In double quotes as in Go, which JSON covers as far as queries here need it; in backticks as it is.
const text = quoted => quoted[0] === '`' ? quoted.slice(1, -1) : JSON.parse(quoted);

function read(query) {
  const found = { error: null, matchers: [], filters: [] };
  parser.parse(query).iterate({
    enter(at) {
      const part = node => query.slice(node.from, node.to);
      if (at.type.isError)
        found.error ??= `${query} does not parse at column ${at.from + 1}`;
      else if (at.name === 'Matcher' && at.node.parent.name === 'Matchers')
        found.matchers.push(triple(part, at.node.getChild('Identifier'), at.node));
      else if (at.name === 'LineFilter')
        found.filters.push(triple(part, null, at.node));
    },
  });
  return found;
}

function triple(part, name, node) {
  const value = node.getChild('String');
  const operator = name ? name.nextSibling : node.getChild('Filter');
  return { name: name && part(name), operator: operator && part(operator), value: value && text(part(value)) };
}

const queries = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(queries.map(read)));
