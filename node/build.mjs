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

/** The names that a file exports, which only values have. */
async function namesOf(file) {
  const { metafile } = await build({ ...common, bundle: true, format: 'esm', entryPoints: [`src/${file}.ts`], metafile: true, write: false });
  return metafile.outputs[`dist/${file}.js`].exports.filter((exported) => exported !== 'default');
}
const names = await namesOf('index');

// What is exported stands in one literal. The bundler's own way, a function that is called for each export and copied,
// takes a third of the time that the file runs for.
await build({
  ...common,
  bundle: true,
  format: 'cjs',
  stdin: {
    sourcefile: 'exports.js',
    resolveDir: 'src',
    contents: `
      import { ${names.join(', ')} } from './index';
      import { Sandbox } from './sandbox';
      module.exports = { ${names.join(', ')}, default: CallFluent };
      Object.defineProperty(module.exports, '__esModule', { value: true });
      // For the entry 'callfluent/sandbox', and in no list of what this one exports.
      Object.defineProperty(module.exports, Symbol.for('callfluent.sandbox'), { value: Sandbox });`,
  },
  banner: { js: '"use strict";' },
  outdir: undefined,
  outfile: 'dist/index.js',
});
// The sandbox is in the main file, too: its clients are of the very class that is exported there.
writeFileSync('dist/sandbox.js', "exports.Sandbox = require('./index.js')[Symbol.for('callfluent.sandbox')];\n");

// As ES modules they are the same classes, so that `instanceof` holds however each file was loaded. An `import` of what is
// no ES module takes twice as long, since Node reads all of it to find the names that it exports.
for (const [name, exported] of [['index', names], ['sandbox', await namesOf('sandbox')]]) {
  const lines = [
    "import { createRequire } from 'node:module';",
    `const required = createRequire(import.meta.url)('./${name}.js');`,
    `export const { ${exported.join(', ')} } = required;`,
    ...(name === 'index' ? ['export default CallFluent;'] : []),
  ];
  writeFileSync(`dist/${name}.mjs`, `${lines.join('\n')}\n`);
}
