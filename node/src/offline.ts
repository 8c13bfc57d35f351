// Offline mode of the whole process, for tests. A module of the tested program can create its
// client before the test sets a variable, so the addon checks this setting at each request.

import { loadNative } from './native';

/** Variables that test runners set: Node's own, Vitest and Jest. */
const RUNNER_VARIABLES = ['NODE_TEST_CONTEXT', 'VITEST', 'JEST_WORKER_ID'];

/**
 * Sets whether the clients of this process, including its worker threads, refuse every host except
 * this machine. It also holds for clients that already exist. A client that sets the option
 * `offline`, or that was created with the variable `CALLFLUENT_OFFLINE`, keeps its own setting.
 *
 * @param offline - True refuses, false allows.
 * @returns The previous setting, at first false.
 * @example
 * ```ts
 * import { setOffline } from 'callfluent/sandbox';
 *
 * setOffline(true);
 * ```
 */
export function setOffline(offline: boolean): boolean {
  return loadNative().setOffline(offline);
}

/** Returns whether a test runner runs this program. */
export function isTestRun(): boolean {
  const { env } = process;
  return RUNNER_VARIABLES.some((name) => env[name]) || env['NODE_ENV'] === 'test';
}

/** Sets the process offline, unless `CALLFLUENT_OFFLINE=0` allows connections. */
export function refuseOtherHosts(): void {
  if (/^(0|false|no|off)$/i.test((process.env['CALLFLUENT_OFFLINE'] ?? '').trim())) {
    return;
  }
  try {
    setOffline(true);
  } catch {
    // Without an addon no client works, and the first one reports why.
  }
}
