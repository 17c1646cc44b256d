// node bicep/tests/azurite.mjs MODULES RESULTS.trx: starts the storage emulator as docs/operations/deployed-build.md says and checks that the
// connection of functions/local.settings.sample.json reaches blobs, queues and tables there.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [modules, results] = process.argv.slice(2);
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(resolve(modules), 'here.js'));
const account = 'devstoreaccount1';
// UseDevelopmentStorage=true stands for the emulator's own account on its usual ports; its key is public and comes with the package.
const { EMULATOR_ACCOUNT_KEY_STR: key } = require('azurite/dist/src/blob/utils/constants');
const services = [['blob', 10000, '?comp=list'], ['queue', 10001, '?comp=list'], ['table', 10002, '/Tables']];

const folder = mkdtempSync(join(tmpdir(), 'azurite-'));
const bin = join(dirname(require.resolve('azurite/package.json')), 'dist/src/azurite.js');
const azurite = spawn(process.execPath, [bin, '--silent', '--location', folder, '--disableTelemetry', '--skipApiVersionCheck'], { stdio: 'ignore' });
const findings = [];
try {
  const connection = JSON.parse(readFileSync(join(root, 'functions/local.settings.sample.json'), 'utf8')).Values.AzureWebJobsStorage;
  if (connection !== 'UseDevelopmentStorage=true') findings.push(`the sample's AzureWebJobsStorage is ${connection}`);
  else for (const [name, port, path] of services) findings.push(...await reach(name, port, path));
} finally {
  azurite.kill();
  rmSync(folder, { recursive: true, force: true });
}

const passed = findings.length === 0;
console.log(passed ? 'azurite: the sample\'s connection reaches blobs, queues and tables' : `azurite: ${findings.join('; ')}`);
writeFileSync(results, `<TestRun><Results><UnitTestResult testName="azurite.SampleSettings_HostStorage_IsReached" outcome="${passed ? 'Passed' : 'Failed'}" /></Results>`
  + `<ResultSummary><Counters total="1" executed="1" passed="${passed ? 1 : 0}" failed="${passed ? 0 : 1}" error="0" timeout="0" aborted="0" /></ResultSummary></TestRun>\n`);
process.exitCode = passed ? 0 : 1;

/** Asks as the host does, signed with the account's key; the emulator takes a moment to start. */
async function reach(name, port, path) {
  let answer = 'no answer';
  for (let attempt = 0; attempt < 60; attempt++) {
    try {
      const date = new Date().toUTCString();
      const [resource, comp] = path.split('?comp=');
      const headers = { accept: 'application/json', 'x-ms-date': date, 'x-ms-version': '2021-10-04' };
      const canonical = `/${account}/${account}${resource || (name === 'table' ? '' : '/')}`;
      const text = name === 'table'
        ? `GET\n\n\n${date}\n${canonical}`
        : `GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:2021-10-04\n${canonical}${comp ? `\ncomp:${comp}` : ''}`;
      headers.authorization = `SharedKey ${account}:${createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64')}`;
      const url = `http://127.0.0.1:${port}/${account}${name === 'table' ? resource : '/'}${comp ? `?comp=${comp}` : ''}`;
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
      answer = `${response.status} ${response.headers.get('server') ?? ''}`;
      if (response.status === 200) return [];
      if (response.status === 403) break;
    } catch (error) {
      answer = String(error.cause?.code ?? error);
    }
    await new Promise(done => setTimeout(done, 250));
  }
  return [`${name} storage at port ${port}: ${answer}`];
}
