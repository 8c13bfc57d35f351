// Loads the addon of this platform: from a build in this repository, or from the package that npm installed for the
// platform. Where there is none, an error says what to do.

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
  drain(): string;
  keepAlive(alive: boolean): void;
  cancel(ticket: number): void;
  feed(stream: number, piece: Uint8Array): void;
  endStream(stream: number, reason?: string): void;
}

/** A client's native half. */
export interface NativeClient {
  readonly baseUrl: string;
  start(ticket: number, operation: string, args: string, files?: NativeFile[] | null, options?: string | null): void;
  request(ticket: number, method: string, path: string, json: string | null, query: string, options?: string | null): void;
  withOptions(options: string, logsOf?: number | null): NativeClient;
  drift(): string;
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

/** Loads the addon. */
function load(): Addon {
  const platform = `${process.platform}-${process.arch}`;
  const builds = PLATFORMS[platform];
  if (builds === undefined) {
    throw new CallFluentError(
      `callfluent has no binary for ${platform}; it has one for ${Object.keys(PLATFORMS).join(', ')}. ` +
        'Run it on one of these, or build the addon from source with Rust (see the README).',
    );
  }
  const failures: unknown[] = [];
  for (const build of builds) {
    for (const place of [`../native/callfluent.${build}.node`, `callfluent-${build}`]) {
      try {
        return require(place) as Addon;
      } catch (failure) {
        if (!isMissing(failure, place)) {
          failures.push(failure);
        }
      }
    }
  }
  if (failures.length > 0) {
    throw new CallFluentError(`the binary of callfluent for ${platform} cannot be loaded: ${String(failures[0])}`, {
      cause: failures[0],
    });
  }
  throw new CallFluentError(
    `callfluent's binary for ${platform} is not installed. It comes as the optional dependency callfluent-${builds[0]}: ` +
      'install without --omit=optional (--no-optional), and where package-lock.json was written on another platform, ' +
      'delete it together with node_modules and run npm install again.',
  );
}

function isMissing(failure: unknown, place: string): boolean {
  const { code, message } = failure as { code?: unknown; message?: unknown };
  return code === 'MODULE_NOT_FOUND' && String(message).includes(place);
}

/** The addon. */
export const addon: Addon = load();
