// Platform packages of the CommonJS file. File tracers such as @vercel/nft copy the binary into a
// deployment if they find exactly this form: `module.createRequire`, and calls with literal names.
// Bundlers leave it alone, because they cannot bundle a binary.

import type { Packages } from './native';

/** Returns the loaders. They resolve from this file; in a bundle, from the bundle. */
export function packages(): Packages {
  const module = process.getBuiltinModule('node:module');
  const packaged = module.createRequire(__filename);
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
