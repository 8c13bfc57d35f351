// The TypeScript and JavaScript blocks of the READMEs and the guide: all compile in strict
// TypeScript and run against the sandbox. `tests/documentation/README.md` has the rules.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Sandbox } from './support/package.mjs';
import { repository } from './support/vectors.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const guide = join(repository, 'docs/guide');
const guides = (await readdir(guide, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
const pages = [...['README.md', 'node/README.md'].map((name) => join(repository, name)), ...guides.map((name) => join(guide, name))];

/** Each block with the place where it begins. */
const blocks = (
  await Promise.all(
    pages.map(async (page) => {
      const content = await readFile(page, 'utf8');
      return [...content.matchAll(/^```(ts|js) *([^\n]*)\n(.*?)^```/gms)].map(({ index, 1: language, 2: mark, 3: code }) => ({
        place: `${relative(repository, page)}:${content.slice(0, index).split('\n').length}`,
        language,
        mark,
        code,
      }));
    }),
  )
).flat();

const source = (index) => `example${index}.m${blocks[index].language}`;

// The blocks choose the form of the package themselves.
const skip = process.env.CALLFLUENT_TEST_FORM === 'require';

test('the blocks of the documentation', { skip, concurrency: 4 }, async (context) => {
  // Beside this file, so that the package can be imported.
  const folder = join(here, `documentation-${process.pid}`);
  await mkdir(folder, { recursive: true });
  context.after(() => rm(folder, { recursive: true }));
  assert.ok(blocks.length > 10);

  await context.test('all compile in strict TypeScript', async () => {
    await Promise.all(blocks.map(({ code }, index) => writeFile(join(folder, source(index)), code)));
    const compilerOptions = {
      target: 'es2022', lib: ['es2023', 'esnext.disposable'], module: 'nodenext', types: ['node'], strict: true,
      exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true,
      allowJs: true, checkJs: true, rootDir: '.', outDir: 'built',
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts', '*.mjs'] }));
    const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
    const { stdout } = await run(process.execPath, [join(typescript, 'bin', 'tsc'), '--project', folder]).catch((error) => error);
    const named = (errors) => errors.replaceAll(/example(\d+)\.m[tj]s/g, (_, index) => blocks[index].place);
    assert.equal(named(stdout), '');
    // Most programs have `strict` only, which infers the types of object literals in another way.
    const plain = { ...compilerOptions, exactOptionalPropertyTypes: false, noPropertyAccessFromIndexSignature: false, noEmit: true };
    await writeFile(join(folder, 'plain.json'), JSON.stringify({ compilerOptions: plain, include: ['*.mts', '*.mjs'] }));
    const again = await run(process.execPath, [join(typescript, 'bin', 'tsc'), '--project', join(folder, 'plain.json')]).catch((error) => error);
    assert.equal(named(again.stdout), '');
  });

  const runs = blocks.map(({ place, mark }, index) =>
    context.test(`${place} runs`, { skip: mark === 'no-run' }, async () => {
      const sandbox = await Sandbox.start({ demo: true });
      const files = join(folder, `files${index}`);
      await cp(join(repository, 'tests/documentation/files'), files, { recursive: true });
      const variables = { CALLFLUENT_BASE_URL: sandbox.baseUrl, CALLFLUENT_API_KEY: sandbox.apiKey, CALLFLUENT_OFFLINE: '1' };
      const program = join(folder, 'built', `example${index}.mjs`);
      try {
        await run(process.execPath, [program], { cwd: files, env: { ...process.env, ...variables }, timeout: 60_000 });
      } finally {
        await sandbox.close();
      }
    }),
  );
  await Promise.all(runs);
});
