// The sandbox in a test runner: one for each test, or one for a file. The runner passes its hooks,
// so that the package depends on no runner. Subtests nest; tests in parallel are an error.

import { Sandbox } from './local-sandbox';
import { refuseOtherHosts } from './offline';
import type { SandboxOptions } from './sandbox-types';

type Hook = (run: () => Promise<void>) => unknown;

/** A sandbox of a test or of a suite, and the variables that it has changed. */
interface Frame {
  /** The call of `useSandbox`. */
  readonly use: symbol;
  /** True for the sandbox of one test. */
  readonly isOfTest: boolean;
  /** The test or the suite, if the runner passes it to hooks. */
  readonly context: unknown;
  saved: Record<string, string | undefined>;
  sandbox?: Sandbox;
}

/** The sandboxes of running tests, the innermost last. They share `process.env`. */
const frames: Frame[] = [];

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
 * A subtest of node:test has its own sandbox; afterward, its parent has the earlier one again.
 * Tests that run in parallel in one process share `process.env`, so the second one fails.
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
  const use = Symbol('useSandbox');
  const rejected = new WeakSet<object>();
  const [begin, end] = pair(hooks);
  const isOfTest = 'beforeEach' in hooks;
  refuseOtherHosts();
  // Jest and Mocha pass a callback to hooks that declare a parameter, and then wait for it.
  begin(async (...[context]: unknown[]) => {
    const frame: Frame = { use, isOfTest, context, saved: {} };
    const outer = frames.at(-1);
    if (outer !== undefined && isParallel(outer, frame)) {
      if (typeof context === 'object' && context !== null) {
        rejected.add(context);
      }
      throw new Error(`useSandbox: ${nameOf(frame)} runs in parallel with ${nameOf(outer)}, and both use process.env; `
        + 'run them one after the other, or call Sandbox.start() and sandbox.client() in each test');
    }
    frames.push(frame);
    try {
      frame.sandbox = await Sandbox.start(options);
    } catch (thrown) {
      frames.splice(frames.indexOf(frame), 1);
      throw thrown;
    }
    setVariables(frame, frame.sandbox);
  });
  end(async (...[context]: unknown[]) => {
    if (typeof context === 'object' && context !== null && rejected.has(context)) {
      return;
    }
    const own = frames.filter((frame) => frame.use === use);
    const frame = own.find((each) => each.context === context && context !== undefined) ?? own.at(-1);
    if (frame !== undefined) {
      restoreVariables(frame);
      await frame.sandbox?.close();
    }
  });
  return () => {
    const sandbox = frames.findLast((frame) => frame.use === use)?.sandbox;
    if (sandbox === undefined) {
      throw new Error('the sandbox is not running: use it in a test or in a hook after useSandbox');
    }
    return sandbox;
  };
}

function setVariables(frame: Frame, sandbox: Sandbox): void {
  const variables = {
    CALLFLUENT_BASE_URL: sandbox.baseUrl,
    CALLFLUENT_API_KEY: sandbox.apiKey,
    CALLFLUENT_OFFLINE: process.env['CALLFLUENT_OFFLINE'] ?? '1',
  };
  frame.saved = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
}

/** Removes a sandbox and restores the variables that it has changed. */
function restoreVariables(frame: Frame): void {
  const index = frames.indexOf(frame);
  frames.splice(index, 1);
  const inner = frames[index];
  if (inner !== undefined) {
    // It still uses its own values, and restores the earlier ones when it ends.
    inner.saved = frame.saved;
    return;
  }
  for (const [name, value] of Object.entries(frame.saved)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
}

/** Returns true if a test or a suite is not inside the one that began before and has not ended. */
function isParallel(outer: Frame, inner: Frame): boolean {
  if (outer.context === inner.context) {
    return false;
  }
  const [outerName, innerName] = [fullName(outer), fullName(inner)];
  if (outerName !== undefined && innerName !== undefined) {
    return !innerName.startsWith(`${outerName} > `);
  }
  // Tests of other runners have no subtests.
  const haveContexts = outer.context !== undefined && inner.context !== undefined;
  return outer.isOfTest && inner.isOfTest && haveContexts;
}

/** The names of a test of node:test and of everything that contains it. */
function fullName({ context }: Frame): string | undefined {
  try {
    const name = (context as { fullName?: unknown } | undefined)?.fullName;
    return typeof name === 'string' ? name : undefined;
  } catch {
    // Node throws for the root of a file, which contains all tests.
    return undefined;
  }
}

function nameOf(frame: Frame): string {
  const name = fullName(frame) ?? (frame.context as { task?: { name?: unknown } } | undefined)?.task?.name;
  return typeof name === 'string' ? `the test ${JSON.stringify(name)}` : 'a test';
}

function pair(hooks: TestHooks): [Hook, Hook] {
  if ('beforeEach' in hooks) {
    return [hooks.beforeEach, hooks.afterEach];
  }
  return 'beforeAll' in hooks ? [hooks.beforeAll, hooks.afterAll] : [hooks.before, hooks.after];
}
