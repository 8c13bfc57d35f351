// An empty folder with the program of a user, an empty home, and a PATH without compilers. Its
// registry has the packages of this project and nothing else, so that no dependency can creep in.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startRegistry } from '../registry.mjs';

const require = createRequire(import.meta.url);
export const tarballs = process.env.CALLFLUENT_TARBALLS.split(delimiter);
/** The output of `app.mjs`. */
export const PRINTED = /^workspaces: \d+$/m;

/** Returns the path of a file in a package that the tests use. */
export function fileOf(name, file) {
  return join(dirname(require.resolve(`${name}/package.json`)), file);
}

/** Creates a project that ends with the test. */
export async function createProject(context) {
  const folder = mkdtempSync(join(tmpdir(), 'callfluent-project-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const registry = await startRegistry(tarballs);
  context.after(() => registry.close());
  for (const name of ['home', 'bin', 'app']) mkdirSync(join(folder, name));
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
  const app = join(folder, 'app');
  copyFileSync(fileURLToPath(new URL('app.mjs', import.meta.url)), join(app, 'app.mjs'));
  const write = (name, text) => writeFileSync(join(app, name), text);
  write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true, type: 'module' }));
  write('.npmrc', `registry=${registry.url}\naudit=false\nfund=false\nupdate-notifier=false\n`);
  const env = { PATH: join(folder, 'bin'), HOME: join(folder, 'home'), TMPDIR: folder, CI: 'true', NO_UPDATE_NOTIFIER: '1' };
  const run = async (file, args, more = {}) => {
    const options = { cwd: app, env: { ...env, ...more }, timeout: 120_000 };
    const { stdout, stderr } = await promisify(execFile)(file, args, options);
    return stdout + stderr;
  };
  const node = (args, more) => run(process.execPath, args, more);
  return { folder, app, registry, write, run, node };
}
