// The package as its users load it: as an ES module, or through `require` where
// CALLFLUENT_TEST_FORM is `require`.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// The sandbox would set offline mode in a test. Some tests are about proxies and unknown hosts.
process.env.CALLFLUENT_OFFLINE ??= '0';

const require = createRequire(import.meta.url);
const byRequire = process.env.CALLFLUENT_TEST_FORM === 'require';

export const callfluent = byRequire ? require('callfluent') : await import('callfluent');
export const { Sandbox } = byRequire ? require('callfluent/sandbox') : await import('callfluent/sandbox');
export const { CallFluent } = callfluent;

/** Folder of the installed package. */
export const folder = dirname(require.resolve('callfluent/package.json'));

/** The platform package that npm installed. In the repository, there is none. */
export const platformPackage = Object.keys(require('callfluent/package.json').optionalDependencies ?? {}).find(isInstalled);

function isInstalled(name) {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}

/** The addon that the package loads: that of the platform package; in the repository, the build. */
export const addonFile = findAddon();
export const addon = require(addonFile);
/** The core's catalog. */
export const catalog = JSON.parse(addon.catalog());

function findAddon() {
  if (platformPackage !== undefined) return require.resolve(platformPackage);
  const native = join(folder, 'native');
  return join(native, readdirSync(native).find((file) => file.endsWith('.node')));
}
