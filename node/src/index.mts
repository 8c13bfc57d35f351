// The package as an ES module: the very same classes, so that `instanceof` holds however each file was loaded.

export * from './index.js';
export { CallFluent as default } from './index.js';
