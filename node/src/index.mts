// Types of the ES module entry point. `module.mts` is the code.

export * from './index.js';
export { CallFluent as default } from './index.js';
