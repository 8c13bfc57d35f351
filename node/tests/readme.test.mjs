// The examples of the README: the first one runs against the demo sandbox, and all compile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { folder, Sandbox } from './support/package.mjs';

const run = promisify(execFile);
const readme = await readFile(join(folder, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);

/** A new directory beside this file, from which the package can be imported. */
async function directory(context, name) {
  const path = fileURLToPath(new URL(`./readme-${name}-${process.pid}`, import.meta.url));
  await mkdir(path, { recursive: true });
  context.after(() => rm(path, { recursive: true }));
  return path;
}

test('the first example of the README runs', async (context) => {
  const program = join(await directory(context, 'run'), 'example.mjs');
  await writeFile(program, `${examples[0]}\nconsole.log(agent.id, call.id);`);
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const env = { ...process.env, CALLFLUENT_BASE_URL: sandbox.baseUrl, CALLFLUENT_API_KEY: sandbox.apiKey };
  const { stdout } = await run(process.execPath, [program], { env, timeout: 30_000 });
  assert.match(stdout, /^\d+ \d+\n$/);
});

test('every example of the README compiles in strict TypeScript', async (context) => {
  assert.ok(examples.length > 10);
  const path = await directory(context, 'types');
  await Promise.all(examples.map((code, index) => writeFile(join(path, `example${index}.mts`), code)));
  const compilerOptions = {
    target: 'es2022', lib: ['es2023', 'esnext.disposable'], module: 'nodenext', types: ['node'], strict: true,
    exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true, noEmit: true,
  };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const { stdout } = await run(process.execPath, [join(typescript, 'bin', 'tsc'), '--project', path]).catch((error) => error);
  assert.equal(stdout, '');
});
