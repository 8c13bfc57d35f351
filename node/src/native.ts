// Loads the addon: from the package that npm installed for this platform, from a build in this
// repository, or from the file that `CALLFLUENT_NATIVE` names. Nowhere else: native code must not
// depend on the directory that a program is started in.

import { CallFluentError } from './errors';
import type * as Addon from '../dist/addon';
import { moduleFile } from './module-location';

export type { Completions, NativeClient, NativeFile, NativePages, NativeSandbox } from '../dist/addon';

type Load = (require: NodeJS.Require) => unknown;

/** Loaders by platform. The names are literals, so that bundlers find the files. */
const LOADERS: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  'linux-x64': {
    'linux-x64-gnu': (require) => require('@callfluent/native-linux-x64-gnu'),
    'linux-x64-musl': (require) => require('@callfluent/native-linux-x64-musl'),
  },
  'linux-arm64': {
    'linux-arm64-gnu': (require) => require('@callfluent/native-linux-arm64-gnu'),
    'linux-arm64-musl': (require) => require('@callfluent/native-linux-arm64-musl'),
  },
  'darwin-x64': { 'darwin-x64': (require) => require('@callfluent/native-darwin-x64') },
  'darwin-arm64': { 'darwin-arm64': (require) => require('@callfluent/native-darwin-arm64') },
  'win32-x64': { 'win32-x64-msvc': (require) => require('@callfluent/native-win32-x64-msvc') },
  'win32-arm64': { 'win32-arm64-msvc': (require) => require('@callfluent/native-win32-arm64-msvc') },
};

const PLATFORM = `${process.platform}-${process.arch}`;

let loaded: typeof Addon | undefined;
/** Returns the addon, which the first client or sandbox loads. */
export function loadNative(): typeof Addon {
  return (loaded ??= load());
}

function load(): typeof Addon {
  const failures: string[] = [];
  let cause: unknown;
  const attempt = (place: string, run: () => unknown): typeof Addon | undefined => {
    try {
      return run() as typeof Addon;
    } catch (thrown) {
      cause ??= thrown;
      failures.push(`${place}: ${firstLine(thrown)}`);
      return undefined;
    }
  };
  const named = process.env['CALLFLUENT_NATIVE'];
  if (named !== undefined && named !== '') {
    const path = process.getBuiltinModule('node:path').resolve(named);
    const addon = attempt(`CALLFLUENT_NATIVE=${named}`, () => requireFrom()(path));
    if (addon === undefined) {
      throw failed(`cannot load the native addon from ${failures[0]}`, cause);
    }
    return addon;
  }
  const loaders = LOADERS[PLATFORM];
  if (loaders === undefined) {
    throw failed(
      `no prebuilt native addon for ${PLATFORM}; build it with Rust and set CALLFLUENT_NATIVE to its path ` +
        `(see the README). Prebuilt platforms: ${Object.keys(LOADERS).join(', ')}`,
      undefined,
    );
  }
  for (const [build, run] of Object.entries(loaders)) {
    const addon =
      attempt(`@callfluent/native-${build}`, () => run(requireFrom())) ??
      attempt(`native/callfluent.${build}.node`, () => requireFrom()(`../native/callfluent.${build}.node`));
    if (addon !== undefined) {
      return addon;
    }
  }
  throw failed(`cannot load the native addon for ${PLATFORM}: ${failures.join('; ')}. ${remedy(loaders)}`, cause);
}

/** Returns a `require` that resolves from this file; in a bundle, from the bundle. */
function requireFrom(): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(moduleFile());
}

function remedy(loaders: Readonly<Record<string, Load>>): string {
  // Linux has one package for each C library.
  const { glibcVersionRuntime } = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } }).header ?? {};
  const isMusl = process.platform === 'linux' && glibcVersionRuntime === undefined;
  const package_ = `@callfluent/native-${Object.keys(loaders).find((build) => build.endsWith('musl') === isMusl)}`;
  const isBundled = !/[\\/](?:callfluent|node)[\\/]dist[\\/][^\\/]+$/.test(moduleFile());
  return isBundled
    ? `The program looks bundled: mark callfluent as external, or install ${package_} next to the bundle`
    : `Install the optional dependency ${package_}: run npm install without --omit=optional. ` +
        'If package-lock.json was written on another platform, delete it and node_modules first';
}

function failed(message: string, cause: unknown): CallFluentError {
  return new CallFluentError(message, cause === undefined ? undefined : { cause });
}

function firstLine(thrown: unknown): string {
  return String(thrown instanceof Error ? thrown.message : thrown).split('\n')[0] ?? '';
}
