// A platform without a binary gets a sentence that says what to do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { folder } from './support/package.mjs';

async function loadedOn(platform, arch) {
  const source = `
    Object.defineProperties(process, { platform: { value: '${platform}' }, arch: { value: '${arch}' } });
    const { CallFluent } = require(${JSON.stringify(folder)});
    try { new CallFluent({ apiKey: 'test-key' }); } catch (error) { console.log(error.name + ': ' + error.message); }`;
  return (await promisify(execFile)(process.execPath, ['--eval', source])).stdout;
}

test('a platform that there is no binary for is named, with those that there are', async () => {
  const said = await loadedOn('sunos', 'x64');
  assert.match(said, /^CallFluentError: callfluent has no binary for sunos-x64; it has one for linux-x64, .*README/);
});

test('a binary that npm did not install is named, with what to do', async () => {
  const said = await loadedOn('darwin', 'arm64');
  assert.match(said, /^CallFluentError: callfluent's binary for darwin-arm64 .*callfluent-darwin-arm64.*--omit=optional.*package-lock\.json/);
});
