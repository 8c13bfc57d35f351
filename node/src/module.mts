// Code of the ES module entry point; `index.mts` has its types.

import './runtime-check.js';
import { setModuleUrl } from './module-location.js';
import { packages } from './module-packages.mjs';
import { setPackages } from './native.js';

export * from './exports.js';
export { default } from './exports.js';

setModuleUrl(import.meta.url);
setPackages(packages);
