// The package as its users load it: as an ES module, or through `require` where CALLFLUENT_TEST_FORM is `require`.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const byRequire = process.env.CALLFLUENT_TEST_FORM === 'require';

export const callfluent = byRequire ? require('callfluent') : await import('callfluent');
export const { Sandbox } = byRequire ? require('callfluent/sandbox') : await import('callfluent/sandbox');
export const { CallFluent } = callfluent;

/** Where the package is installed. */
export const folder = dirname(require.resolve('callfluent/package.json'));

/** The addon that the package runs on, and what the core's catalogue holds, as it describes it. */
const [binary] = Object.keys(require('callfluent/package.json').optionalDependencies);
export const addon = require(binary);
export const catalogue = JSON.parse(addon.catalogue());
