// Platform packages of the ES module. Turbopack traces the binary into a standalone build of
// Next.js if it finds exactly this form: `module` imported as a default, and `import.meta.url`.
// If `createRequire` were imported by name, webpack would try to bundle the binaries of all
// platforms.

import module from 'node:module';

import type { Packages } from './native.js';

/** Returns the loaders. They resolve from this file; in a bundle, from the bundle. */
export function packages(): Packages {
  const packaged = module.createRequire(import.meta.url);
  return {
    'linux-x64-gnu': () => packaged('@callfluent/native-linux-x64-gnu'),
    'linux-x64-musl': () => packaged('@callfluent/native-linux-x64-musl'),
    'linux-arm64-gnu': () => packaged('@callfluent/native-linux-arm64-gnu'),
    'linux-arm64-musl': () => packaged('@callfluent/native-linux-arm64-musl'),
    'darwin-x64': () => packaged('@callfluent/native-darwin-x64'),
    'darwin-arm64': () => packaged('@callfluent/native-darwin-arm64'),
    'win32-x64-msvc': () => packaged('@callfluent/native-win32-x64-msvc'),
    'win32-arm64-msvc': () => packaged('@callfluent/native-win32-arm64-msvc'),
  };
}
