// The sandbox in a test runner: one for each test, or one for a file. The runner passes its hooks,
// so that the package depends on no runner.

import { Sandbox } from './local-sandbox';
import { refuseOtherHosts } from './offline';
import type { SandboxOptions } from './sandbox-types';

type Hook = (run: () => Promise<void>) => unknown;

/** The hooks of vitest, Jest, Mocha or node:test. */
export type TestHooks =
  | { readonly beforeEach: Hook; readonly afterEach: Hook }
  | { readonly beforeAll: Hook; readonly afterAll: Hook }
  | { readonly before: Hook; readonly after: Hook };

/**
 * Starts a sandbox for each test, or for all tests of a file, and stops it. Sets
 * `CALLFLUENT_BASE_URL`, `CALLFLUENT_API_KEY` and `CALLFLUENT_OFFLINE`, so that `new CallFluent()`
 * is a client of the sandbox. Also calls `setOffline(true)` for clients that already exist, unless
 * `CALLFLUENT_OFFLINE` is `0`.
 *
 * @param hooks - `beforeEach` and `afterEach` for a new sandbox in each test; `beforeAll` and
 *   `afterAll`, or `before` and `after` of node:test, for one.
 * @param options - Settings of the sandbox.
 * @returns A function that returns the current sandbox.
 * @example
 * ```ts
 * import { afterEach, beforeEach } from 'vitest';
 *
 * const sandbox = useSandbox({ beforeEach, afterEach }, { demo: true });
 * ```
 */
export function useSandbox(hooks: TestHooks, options: SandboxOptions = {}): () => Sandbox {
  let current: Sandbox | undefined;
  let saved: Record<string, string | undefined> = {};
  const [begin, end] = pair(hooks);
  refuseOtherHosts();
  begin(async () => {
    const sandbox = await Sandbox.start(options);
    const variables = {
      CALLFLUENT_BASE_URL: sandbox.baseUrl,
      CALLFLUENT_API_KEY: sandbox.apiKey,
      CALLFLUENT_OFFLINE: process.env['CALLFLUENT_OFFLINE'] ?? '1',
    };
    saved = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
    Object.assign(process.env, variables);
    current = sandbox;
  });
  end(async () => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
    const sandbox = current;
    current = undefined;
    await sandbox?.close();
  });
  return () => {
    if (current === undefined) {
      throw new Error('the sandbox is not running: use it in a test or in a hook after useSandbox');
    }
    return current;
  };
}

function pair(hooks: TestHooks): [Hook, Hook] {
  if ('beforeEach' in hooks) {
    return [hooks.beforeEach, hooks.afterEach];
  }
  return 'beforeAll' in hooks ? [hooks.beforeAll, hooks.afterAll] : [hooks.before, hooks.after];
}
