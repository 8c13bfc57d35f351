// The addon of this platform: from the package that npm installed for the platform, or from a build in this repository.
// It is loaded when the first client is made; where there is none, an error says what to do.

import { existsSync } from 'node:fs';

import { CallFluentError } from './errors';

/** A file to upload, as the addon takes it. */
export interface NativeFile {
  name?: string;
  contentType?: string;
  path?: string;
  bytes?: Uint8Array;
  stream?: number;
  length?: number;
}

/** What became of an environment's calls. */
export interface Completions {
  /** How many calls and streams there are, as tests ask. */
  readonly callsUnderWay: number;
  readonly streamsOpen: number;
  drain(): string;
  keepAlive(alive: boolean): void;
  cancel(ticket: number): void;
  feed(stream: number, piece: Uint8Array): void;
  endStream(stream: number, reason?: string): void;
}

/** A client's native half. */
export interface NativeClient {
  readonly baseUrl: string;
  start(calls: string): void;
  upload(ticket: number, operation: string, args: string, files: NativeFile[], options?: string | null): void;
  request(ticket: number, method: string, path: string, json: string | null, query: string, options?: string | null): void;
  withOptions(options: string, logsOf?: number | null): NativeClient;
  drift(): string;
  close(): void;
}

/** A sandbox's native half. */
export interface NativeSandbox {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  close(completions: Completions, ticket: number): void;
}

/** What the addon exports. */
export interface Addon {
  readonly Completions: new (wake: () => void) => Completions;
  readonly NativeClient: new (completions: Completions, options: string, logsOf?: number | null) => NativeClient;
  readonly NativeSandbox: new (settings: string) => NativeSandbox;
  catalogue(): string;
  startSandboxProgram(args: string[]): NativeSandbox | number;
}

/** The platforms that have a package, as Node names them, with the C libraries they come in. */
const PLATFORMS: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux-x64-gnu', 'linux-x64-musl'],
  'linux-arm64': ['linux-arm64-gnu', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64'],
  'darwin-arm64': ['darwin-arm64'],
  'win32-x64': ['win32-x64-msvc'],
  'win32-arm64': ['win32-arm64-msvc'],
};

const PLATFORM = `${process.platform}-${process.arch}`;

/** The builds that this platform can have, or an error where there is none. */
function builds(): readonly string[] {
  const builds = PLATFORMS[PLATFORM];
  if (builds === undefined) {
    throw new CallFluentError(
      `callfluent has no binary for ${PLATFORM}; it has one for ${Object.keys(PLATFORMS).join(', ')}. ` +
        'Run it on one of these, or build the addon from source with Rust (see the README).',
    );
  }
  if (!builds.some((build) => placeOf(build) !== undefined)) {
    throw new CallFluentError(
      `callfluent's binary for ${PLATFORM} is not installed. It comes as the optional dependency callfluent-${builds[0]}: ` +
        'install without --omit=optional (--no-optional), and where package-lock.json was written on another platform, ' +
        'delete it together with node_modules and run npm install again.',
    );
  }
  return builds;
}

/** Where a build is; `undefined` where it is not installed. */
function placeOf(build: string): string | undefined {
  const file = `callfluent.${build}.node`;
  // First beside this package, where npm and its like put it: to find a package by its name takes much longer.
  const place = [`../../callfluent-${build}`, '../native'].map((folder) => `${__dirname}/${folder}/${file}`).find(existsSync);
  try {
    return place ?? require.resolve(`callfluent-${build}`);
  } catch {
    return undefined;
  }
}

function load(): Addon {
  let failure: unknown;
  for (const build of builds()) {
    const place = placeOf(build);
    try {
      if (place !== undefined) {
        return require(place) as Addon;
      }
    } catch (thrown) {
      failure ??= thrown;
    }
  }
  throw new CallFluentError(`the binary of callfluent for ${PLATFORM} cannot be loaded: ${String(failure)}`, {
    cause: failure,
  });
}

let loaded: Addon | undefined;

/** The addon. */
export function addon(): Addon {
  return (loaded ??= load());
}
