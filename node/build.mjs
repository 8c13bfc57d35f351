// Makes the package's JavaScript: all of it in one file, since each file more costs half a millisecond when it is loaded.
// TypeScript checks it and writes its types, file by file.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const common = {
  platform: 'node',
  target: 'node20',
  outdir: 'dist',
  // Comments and white space take time to read, too. Names stay as they are.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  define: { VERSION: JSON.stringify(version) },
  logLevel: 'warning',
};

rmSync('dist', { recursive: true, force: true });
await build({ ...common, bundle: true, format: 'cjs', entryPoints: ['src/sandbox-command.ts'] });
await build({
  ...common,
  bundle: true,
  format: 'cjs',
  entryPoints: ['src/index.ts'],
  // The bundler tells those who read the file, such as TypeScript, of all exports but this one.
  footer: { js: '0 && (module.exports.default = CallFluent);' },
});
// The sandbox is in the main file, too: its clients are of the very class that is exported there.
writeFileSync('dist/sandbox.js', "exports.Sandbox = require('./index.js')[Symbol.for('callfluent.sandbox')];\n");

// As ES modules they are the same classes, so that `instanceof` holds however each file was loaded. An `import` of what is
// no ES module takes twice as long, since Node reads all of it to find the names that it exports.
for (const name of ['index', 'sandbox']) {
  const { metafile } = await build({
    ...common,
    bundle: true,
    format: 'esm',
    entryPoints: [`src/${name}.ts`],
    metafile: true,
    write: false,
  });
  const names = metafile.outputs[`dist/${name}.js`].exports.filter((exported) => exported !== 'default');
  const lines = [
    "import { createRequire } from 'node:module';",
    `const required = createRequire(import.meta.url)('./${name}.js');`,
    `export const { ${names.join(', ')} } = required;`,
    ...(name === 'index' ? ['export default CallFluent;'] : []),
  ];
  writeFileSync(`dist/${name}.mjs`, `${lines.join('\n')}\n`);
}
