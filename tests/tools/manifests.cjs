// Validates Kubernetes objects, a JSON array on standard input, by the JSON schemas of kubernetes-models.
// Prints one line for each finding. The argument is the folder with node_modules.
const { createRequire } = require('module');
const load = createRequire(`${process.argv[2]}/`);
const objects = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const object of objects) {
  const name = `${object.kind} ${object.metadata?.name}`;
  const Model = load(`kubernetes-models/${object.apiVersion}`)[object.kind];
  if (!Model) {
    console.log(`${name}: ${object.apiVersion} has no such kind`);
    continue;
  }
  try {
    new Model(object).validate();
  } catch (finding) {
    console.log(`${name}: ${finding.message}`);
  }
}
