// node bicep/tests/check.mjs MODULES [RESULTS.trx]: every rule is a test; the results are written as the other tests' are.
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forbidden } from './forbidden.mjs';
import { rules } from './rules.mjs';
import { filesBelow, loadParser, readTemplate, syntaxErrors } from './tree.mjs';

const [modules, results] = process.argv.slice(2);
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const parser = await loadParser(resolve(modules));
const paths = [...filesBelow(root, 'bicep', ['.bicep', '.bicepparam']), ...filesBelow(root, 'infra', ['.bicep', '.bicepparam'])];
const templates = paths.map(path => readTemplate(parser, root, path));

const tests = [
  { name: 'Templates_AreFound', run: () => (templates.length > 15 ? [] : [`only ${templates.length} templates: the checker has lost its way`]) },
  ...templates.map(one => ({ name: `Syntax_${one.path}_IsBicep`, run: () => syntaxErrors(one.tree) })),
  ...Object.entries(forbidden).flatMap(([name, snippets]) => snippets.map((snippet, i) => ({ name: `${name}_OnWhatItForbids${i + 1}_Reports`, run: () => silence(name, snippet) }))),
  ...Object.entries(rules).map(([name, rule]) => ({ name, run: () => rule(templates, root, parser) })),
];

/** A finding where a rule has none: the snippet stands beside the real templates, as a file of its own. */
function silence(name, snippet) {
  const template = readTemplate(parser, root, 'bicep/forbidden.bicep', snippet);
  const found = rules[name]([template, ...templates], root, parser);
  return found.some(finding => finding.startsWith(template.path) || name.startsWith('ApiVersions_OfOne')) && syntaxErrors(template.tree).length === 0 ? [] : [`nothing is said of: ${snippet}`];
}

const escape = value => value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
let failed = 0;
const lines = tests.map(test => {
  let findings;
  try {
    findings = test.run();
  } catch (error) {
    findings = [String(error.stack ?? error)];
  }
  if (findings.length > 0) {
    failed++;
    console.log(`  Failed ${test.name}\n    ${findings.join('\n    ')}`);
  }
  return `<UnitTestResult testName="bicep.${escape(test.name)}" outcome="${findings.length > 0 ? 'Failed' : 'Passed'}" />`;
});
const passed = tests.length - failed;
console.log(`bicep: ${passed} passed, ${failed} failed`);
if (results) {
  const counters = `<Counters total="${tests.length}" executed="${tests.length}" passed="${passed}" failed="${failed}" error="0" timeout="0" aborted="0" />`;
  writeFileSync(results, `<?xml version="1.0" encoding="utf-8"?>\n<TestRun>\n<Results>\n${lines.join('\n')}\n</Results>\n<ResultSummary>${counters}</ResultSummary>\n</TestRun>\n`);
}
process.exitCode = failed > 0 ? 1 : 0;
