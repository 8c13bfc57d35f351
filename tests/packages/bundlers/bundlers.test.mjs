// Each bundler with its defaults. A bundle contains the JavaScript; the native addon stays in
// `node_modules`, where the bundle finds it.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('.', import.meta.url));
const output = join(folder, 'output');
const entries = ['app.mjs', 'app.cjs'];
mkdirSync(output, { recursive: true });
after(() => rmSync(output, { recursive: true }));

async function runs(file) {
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  assert.equal(stdout, 'true true true\n');
}

for (const entry of entries) {
  for (const format of ['esm', 'cjs']) {
    test(`esbuild bundles ${entry} as ${format}`, async () => {
      const outfile = join(output, `esbuild-${basename(entry)}.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const { warnings } = await require('esbuild').build({ entryPoints: [join(folder, entry)], bundle: true, platform: 'node', format, outfile, logLevel: 'silent' });
      assert.deepEqual(warnings.map(({ text }) => text), []);
      await runs(outfile);
    });
  }

  test(`webpack bundles ${entry}`, async () => {
    const webpack = require('webpack');
    const filename = `webpack-${basename(entry)}.cjs`;
    const compiler = webpack({ mode: 'production', target: 'node', context: folder, entry: `./${entry}`, output: { path: output, filename } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    assert.equal(stats.toString({ all: false, errors: true, warnings: true }), '');
    await runs(join(output, filename));
  });

  test(`rollup bundles ${entry}`, async () => {
    const { rollup } = await import('rollup');
    const { nodeResolve } = await import('@rollup/plugin-node-resolve');
    const { default: commonjs } = await import('@rollup/plugin-commonjs');
    const bundle = await rollup({ input: join(folder, entry), plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs()], onwarn: () => {} });
    for (const [format, extension] of [['es', 'mjs'], ['cjs', 'cjs']]) {
      const file = join(output, `rollup-${basename(entry)}.${extension}`);
      await bundle.write({ file, format, inlineDynamicImports: true });
      await runs(file);
    }
    await bundle.close();
  });

  test(`ncc bundles ${entry}`, async () => {
    const directory = join(output, `ncc-${basename(entry)}`);
    execFileSync(process.execPath, [require.resolve('@vercel/ncc/dist/ncc/cli.js'), 'build', join(folder, entry), '-o', directory, '-q'], { stdio: 'pipe' });
    await runs(join(directory, `index.${entry.split('.')[1]}`));
  });

  test(`the files that @vercel/nft traces for ${entry} run elsewhere`, async (context) => {
    const { nodeFileTrace } = require('@vercel/nft');
    const base = dirname(folder.replace(/[\\/]$/, ''));
    const { fileList } = await nodeFileTrace([join(folder, entry)], { base });
    const elsewhere = mkdtempSync(join(tmpdir(), 'callfluent-traced-'));
    context.after(() => rmSync(elsewhere, { recursive: true }));
    for (const file of fileList) cpSync(join(base, file), join(elsewhere, file), { dereference: true });
    await runs(join(elsewhere, 'bundlers', entry));
  });
}

test('Vite bundles for the server', async () => {
  const { build } = await import('vite');
  const outDir = join(output, 'vite');
  await build({ root: folder, configFile: false, logLevel: 'silent', ssr: { noExternal: true, target: 'node' }, build: { ssr: 'app.mjs', outDir } });
  await runs(join(outDir, 'app.mjs'));
});

test('a bundle without the addon names the remedies', async (context) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'callfluent-bundled-'));
  context.after(() => rmSync(elsewhere, { recursive: true }));
  const outfile = join(elsewhere, 'app.mjs');
  await require('esbuild').build({ entryPoints: [join(folder, 'app.mjs')], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  await assert.rejects(runs(outfile), (error) => {
    assert.match(error.stderr, /cannot load the native addon for .*@callfluent\/native-[a-z0-9-]+: Cannot find module/);
    assert.match(error.stderr, /looks bundled \(.*app\.mjs\): mark callfluent as external, install @callfluent\/native-.* next to the bundle/);
    assert.doesNotMatch(error.stderr, /\.\.\/native/);
    return true;
  });
});

test('one set of classes serves both module formats of a bundle', async () => {
  const outfile = join(output, 'both.mjs');
  const contents = `
    import { createRequire } from 'node:module';
    import { CallFluent } from 'callfluent';
    const other = createRequire(import.meta.url)('callfluent');
    const client = new other.CallFluent({ apiKey: 'k' });
    console.log(client instanceof CallFluent, other.APIError === (await import('callfluent')).APIError, true);`;
  await require('esbuild').build({ stdin: { contents, resolveDir: folder }, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  await runs(outfile);
});
