// Makes the package's JavaScript: one file that is loaded with the package, since each more costs half a millisecond, and one
// that is loaded with the first client. TypeScript checks it and writes its types, file by file.

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
  const { metafile } = await build({
    ...common,
    bundle: true,
    format: 'esm',
    entryPoints: [`src/${file}.ts`],
    external: ['./calling'],
    metafile: true,
    write: false,
  });
  return metafile.outputs[`dist/${file}.js`].exports.filter((exported) => exported !== 'default');
}

const names = await namesOf('index');
/** What the second file takes from the first: there is one class of each error, and timers are of before any test. */
const shared = {};
for (const file of ['client', 'errors', 'fields', 'timers']) {
  shared[file] = await namesOf(file);
}

/** A plugin that writes some modules itself. */
function written(filter, contents) {
  return {
    name: 'written',
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, ({ path }) => ({ path: path.slice(2), namespace: 'written' }));
      onLoad({ filter: /./, namespace: 'written' }, ({ path }) => ({ contents: contents(path), resolveDir: 'src' }));
    },
  };
}

// The first file. What is exported stands in one literal: the bundler's own way, a function that is called for each export and
// copied, takes a third of the time that the file runs for.
await build({
  ...common,
  bundle: true,
  format: 'cjs',
  stdin: {
    sourcefile: 'exports.js',
    resolveDir: 'src',
    contents: `
      import { ${names.join(', ')} } from './index';
      import { calling } from './calling';
      module.exports = { ${names.join(', ')}, default: CallFluent };
      Object.defineProperty(module.exports, '__esModule', { value: true });
      // For the entry 'callfluent/sandbox', and in no list of what this one exports.
      Object.defineProperty(module.exports, Symbol.for('callfluent.sandbox'), { get: () => calling().Sandbox });`,
  },
  plugins: [
    written(/^\.\/calling$/, () => `
      ${Object.entries(shared).map(([file, names]) => `import { ${names.join(', ')} } from './${file}';`).join('\n')}
      let loaded;
      export const calling = () => (loaded ??= require('./caller.js')({ ${Object.values(shared).flat().join(', ')} }));`),
  ],
  external: ['./caller.js'],
  banner: { js: '"use strict";' },
  outdir: undefined,
  outfile: 'dist/index.js',
});
// The second one is a function that is given what it shares, so that it is of the very file that loads it, however often that
// is loaded in a process. In parentheses, the engine compiles it at once and does not go through it twice.
await build({
  ...common,
  bundle: true,
  format: 'cjs',
  stdin: {
    sourcefile: 'caller.js',
    resolveDir: 'src',
    contents: `
      import { Caller } from './caller';
      import { Sandbox } from './sandbox';
      result = { Caller, Sandbox };`,
  },
  plugins: [written(new RegExp(`^\\./(?:${Object.keys(shared).join('|')})$`), (file) => `export const { ${shared[file].join(', ')} } = shared;`)],
  banner: { js: '"use strict";\nmodule.exports=(function(shared){let result;' },
  footer: { js: 'return result});' },
  outdir: undefined,
  outfile: 'dist/caller.js',
});
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
