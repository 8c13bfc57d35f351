// Loads the addon: from the package that npm installed for this platform, from a build in this
// repository, or from the file that `CALLFLUENT_NATIVE` names. Nowhere else: native code must not
// depend on the directory that a program is started in.

import { CallFluentError } from './errors';
import type * as Addon from '../dist/addon';
import { moduleFile } from './module-location';

export type {
  Completions, NativeBulk, NativeClient, NativeColumn, NativeExport, NativeFile, NativePages, NativeSandbox, NativeTable,
  NativeWait, NativeWatch,
} from '../dist/addon';

/** Builds of the addon by platform. Linux has one for each C library. */
const BUILDS: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux-x64-gnu', 'linux-x64-musl'],
  'linux-arm64': ['linux-arm64-gnu', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64'],
  'darwin-arm64': ['darwin-arm64'],
  'win32-x64': ['win32-x64-msvc'],
  'win32-arm64': ['win32-arm64-msvc'],
};

const PLATFORM = `${process.platform}-${process.arch}`;

/** Loaders of the platform packages by build. */
export type Packages = Readonly<Record<string, () => unknown>>;

let packages: (() => Packages) | undefined;

/** Sets the loaders. Each entry point has them in the form that tools find in its module format. */
export function setPackages(value: () => Packages): void {
  packages = value;
}

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
  const { createRequire } = process.getBuiltinModule('node:module');
  const named = process.env['CALLFLUENT_NATIVE'];
  if (named !== undefined && named !== '') {
    const path = process.getBuiltinModule('node:path').resolve(named);
    const addon = attempt(`CALLFLUENT_NATIVE=${named}`, () => openLibrary(path));
    if (addon === undefined) {
      throw failed(`cannot load the native addon from ${failures[0]}`, cause);
    }
    return addon;
  }
  const builds = BUILDS[PLATFORM];
  if (builds === undefined) {
    throw failed(
      `no prebuilt native addon for ${PLATFORM}; build it with Rust and set CALLFLUENT_NATIVE to its path ` +
        `(see the README). Prebuilt platforms: ${Object.keys(BUILDS).join(', ')}`,
      undefined,
    );
  }
  const require = createRequire(moduleFile());
  const loadPackage = packageLoader(require);
  for (const build of builds) {
    const addon =
      attempt(`@callfluent/native-${build}`, () => loadPackage(build)) ??
      // In this repository. Beside a bundle, such a path could belong to somebody else.
      (isBundled() ? undefined : attempt(`native/callfluent.${build}.node`, () => require(`../native/callfluent.${build}.node`)));
    if (addon !== undefined) {
      return addon;
    }
  }
  throw failed(`cannot load the native addon for ${PLATFORM}: ${failures.join('; ')}. ${remedy(builds)}`, cause);
}

/** Opens an addon. Unlike `require`, it takes the name that cargo gives to the library. */
function openLibrary(path: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

/** Returns the loader of a platform package: that of the entry point, or by name. */
function packageLoader(require: NodeJS.Require): (build: string) => unknown {
  try {
    const loaders = packages?.();
    if (loaders !== undefined) {
      return (build) => loaders[build]?.();
    }
  } catch {
    // A bundler converted the file to the other module format, and its location is elsewhere.
  }
  return (build) => require(`@callfluent/native-${build}`);
}

/** Returns whether a bundler copied this code into a file of its own. */
function isBundled(): boolean {
  return !/[\\/](?:callfluent|node)[\\/]dist[\\/][^\\/]+$/.test(moduleFile());
}

function remedy(builds: readonly string[]): string {
  // Linux has one package for each C library.
  const { glibcVersionRuntime } = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } }).header ?? {};
  const isMusl = process.platform === 'linux' && glibcVersionRuntime === undefined;
  const package_ = `@callfluent/native-${builds.find((build) => build.endsWith('musl') === isMusl)}`;
  return isBundled()
    ? `The program looks bundled (${moduleFile()}): mark callfluent as external, install ${package_} next to the bundle, ` +
        'or set CALLFLUENT_NATIVE to the path of its .node file'
    : `Install the optional dependency ${package_}: run npm install without --omit=optional. ` +
        'If package-lock.json was written on another platform, delete it and node_modules first';
}

function failed(message: string, cause: unknown): CallFluentError {
  return new CallFluentError(message, cause === undefined ? undefined : { cause });
}

function firstLine(thrown: unknown): string {
  return String(thrown instanceof Error ? thrown.message : thrown).split('\n')[0] ?? '';
}
