// Electron packs an application into an archive. Libraries cannot be loaded from it, so they are
// unpacked beside it. Electron itself runs in the release workflow.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import asar from '@electron/asar';

const require = createRequire(import.meta.url);

test('an archive with unpacked libraries has all files that run', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'callfluent-asar-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'source');
  mkdirSync(join(source, 'node_modules'), { recursive: true });
  cpSync(fileURLToPath(new URL('main.cjs', import.meta.url)), join(source, 'main.cjs'));
  const modules = dirname(dirname(require.resolve('callfluent/package.json')));
  for (const name of ['callfluent', '@callfluent']) cpSync(realpathSync(join(modules, name)), join(source, 'node_modules', name), { recursive: true });
  const archive = join(folder, 'app.asar');
  await asar.createPackageWithOptions(source, archive, { unpack: '**/*.node' });
  const isLibrary = (name) => name.endsWith('.node');
  assert.equal(asar.listPackage(archive).filter(isLibrary).length, 1);
  const unpacked = readdirSync(join(folder, 'app.asar.unpacked'), { recursive: true }).filter(isLibrary);
  assert.equal(unpacked.length, 1);

  asar.extractAll(archive, join(folder, 'extracted'));
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'extracted', 'main.cjs')], { timeout: 60_000 });
  assert.match(stdout, /^agents: \d+\n$/);
});
