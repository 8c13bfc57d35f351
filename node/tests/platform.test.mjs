// Loading the addon: errors on platforms without one, and the file that CALLFLUENT_NATIVE names.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { addonFile, folder } from './support/package.mjs';

/** Creates a client on a platform, and returns what the program prints. */
async function loadedOn(platform, arch, env = {}, cwd = tmpdir()) {
  const source = `
    Object.defineProperties(process, { platform: { value: '${platform}' }, arch: { value: '${arch}' } });
    const { CallFluent } = require(${JSON.stringify(folder)});
    try { console.log(new CallFluent({ apiKey: 'test-key' }).baseUrl); } catch (error) { console.log(error.name + ': ' + error.message); }`;
  const options = { env: { ...process.env, CALLFLUENT_BASE_URL: 'http://127.0.0.1:1', ...env }, cwd };
  return (await promisify(execFile)(process.execPath, ['--eval', source], options)).stdout;
}

test('a platform without a prebuilt addon is named', async () => {
  const output = await loadedOn('sunos', 'x64');
  assert.match(output, /^CallFluentError: no prebuilt native addon for sunos-x64; .*CALLFLUENT_NATIVE.*README.*linux-x64/);
});

test('a platform package that is not installed is named', async () => {
  const output = await loadedOn('darwin', 'arm64');
  assert.match(output, /^CallFluentError: cannot load the native addon for darwin-arm64: @callfluent\/native-darwin-arm64: Cannot find/);
  assert.match(output, /npm install without --omit=optional.*package-lock\.json/);
});

test('CALLFLUENT_NATIVE names the addon on any platform', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(directory, { recursive: true }));
  for (const name of ['own.node', 'libcallfluent_node.so']) {
    const file = join(directory, name);
    await copyFile(addonFile, file);
    assert.match(await loadedOn('sunos', 'x64', { CALLFLUENT_NATIVE: file }), /^http:\/\/127\.0\.0\.1:1/);
  }
  const missing = await loadedOn(process.platform, process.arch, { CALLFLUENT_NATIVE: join(directory, 'none.node') });
  assert.match(missing, /^CallFluentError: cannot load the native addon from CALLFLUENT_NATIVE=.*none\.node: .*none\.node/);
});

test('no addon is loaded from beside a bundle', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'native'));
  await mkdir(join(directory, 'app'));
  await copyFile(addonFile, join(directory, 'native', basename(addonFile).replace(/^.*?(?=linux|darwin|win32)/, 'callfluent.')));
  const bundle = join(directory, 'app', 'bundle.js');
  await copyFile(join(folder, 'dist', 'index.js'), bundle);
  const source = `const { CallFluent } = require(${JSON.stringify(bundle)});
    try { new CallFluent({ apiKey: 'k' }); } catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source], { cwd: directory });
  assert.match(stdout, /looks bundled \(.*bundle\.js\)/);
});

test('no addon is loaded from the working directory', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(directory, { recursive: true }));
  const planted = join(directory, 'node_modules', '@callfluent', 'native-darwin-arm64');
  await mkdir(planted, { recursive: true });
  await writeFile(join(planted, 'index.js'), "console.log('planted');");
  const output = await loadedOn('darwin', 'arm64', {}, directory);
  assert.doesNotMatch(output, /planted/);
});

test('an old Node and a browser get one sentence', async () => {
  const source = (setUp) => `${setUp}
    try { require(${JSON.stringify(folder)}); } catch (error) { console.log(error.message); }`;
  const run = async (setUp) => (await promisify(execFile)(process.execPath, ['--eval', source(setUp)])).stdout;
  const old = 'process.getBuiltinModule = undefined; Object.defineProperty(process.versions, "node", { value: "18.20.0" });';
  assert.match(await run(old), /^callfluent requires Node 20\.16 or later, Bun or Deno; this is Node 18\.20\.0\n$/);
  const browser = 'const { log } = console; delete globalThis.process;';
  assert.match(await run(browser), /this is a browser, edge or worker runtime\n$/);
});

test('browser, edge and worker conditions lead to one sentence', async () => {
  const source = `
    import CallFluent, { AgentType, APIError } from 'callfluent';
    import { Sandbox } from 'callfluent/sandbox';
    console.log(AgentType.Sales === 'sales', new Error() instanceof APIError);
    for (const make of [() => new CallFluent(), () => Sandbox.start()]) try { make(); } catch (error) { console.log(error.message); }`;
  for (const condition of ['browser', 'workerd', 'edge-light']) {
    const args = [`--conditions=${condition}`, '--input-type=module', '--eval', source];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('.', import.meta.url) });
    const [values, ...messages] = stdout.trim().split('\n');
    assert.equal(values, 'true false');
    assert.equal(messages.length, 2);
    for (const message of messages) assert.match(message, /^callfluent requires Node, Bun or Deno; it cannot run in a browser,/);
  }
});

test('Jest with jsdom gets the client from the browser file', async () => {
  const source = "const { CallFluent } = require('callfluent'); console.log(new CallFluent({ apiKey: 'k' }).baseUrl);";
  const args = ['--conditions=browser', '--eval', source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('.', import.meta.url) });
  assert.match(stdout, /^http/);
});

test('stack traces with source maps begin at the caller', async () => {
  const source = `
    const { CallFluent } = require('callfluent');
    function caller() { return new CallFluent({ apiKey: 1 }); }
    try { caller(); } catch (error) { console.log(error.stack.split('\\n')[1]); }`;
  const args = ['--enable-source-maps', '--eval', source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('.', import.meta.url) });
  assert.match(stdout, /^\s+at caller /);
});

test('callfluent-sandbox without an addon prints one sentence', async () => {
  const env = { ...process.env, CALLFLUENT_NATIVE: join(tmpdir(), 'none.node') };
  const command = join(folder, 'dist', 'sandbox-command.js');
  const { code, stderr } = await promisify(execFile)(process.execPath, [command], { env }).catch((error) => error);
  assert.equal(code, 1);
  assert.match(stderr, /^callfluent-sandbox: cannot load the native addon from CALLFLUENT_NATIVE=.*none\.node.*\n$/);
});
