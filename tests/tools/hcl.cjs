// Parses HCL files, and prints them as one JSON object by file name; an error of the parser ends it.
// The arguments are the folder with node_modules, and the files.
const { createRequire } = require('module');
const { basename } = require('path');
const { readFileSync } = require('fs');
const { parse } = createRequire(`${process.argv[2]}/`)('@cdktf/hcl2json');
(async () => {
  const parsed = {};
  for (const file of process.argv.slice(3)) {
    parsed[basename(file)] = await parse(file, readFileSync(file, 'utf8'));
  }
  console.log(JSON.stringify(parsed));
})().catch((error) => {
  console.error(error.message ?? error);
  process.exit(1);
});
