// Code of the ES module entry point; `index.mts` has its types.

import { setModuleUrl } from './module-location.js';

export * from './exports.js';
export { default } from './exports.js';

setModuleUrl(import.meta.url);
