// Code of the CommonJS entry point; `index.ts` has its types.

import './runtime-check';
import { setPackages } from './native';
import { packages } from './packages';

export * from './exports';
export { default } from './exports';

setPackages(packages);
