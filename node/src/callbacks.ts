// Callbacks of the user whose result is ignored, such as `onProgress`. An error that one throws
// cancels its operation. The promise of an async one would settle too late for that, and its
// rejection would end the process, so it is an error itself.

import type { Check } from './option-checks';
import { isTagged, typeName } from './records';

/** The name of the only such callback, for errors. */
const NAME = 'onProgress';
const ASYNC = 'must not be async; an error of it could not cancel the operation';

/** Checks a callback. An async function is known before anything is sent. */
export const callback: Check = (value) =>
  typeof value !== 'function' ? `expected a function, got ${typeName(value)}` : isTagged(value, 'AsyncFunction') ? ASYNC : undefined;

/**
 * Passes the progress to the callback.
 *
 * @throws {@link !TypeError} The callback returned a promise.
 */
export function report<T>(onProgress: ((progress: T) => void) | undefined, progress: T): void {
  const returned: unknown = onProgress?.(progress);
  // By its method rather than by its class, which differs between the realms of test runners.
  if (typeof (returned as { then?: unknown } | null | undefined)?.then === 'function') {
    Promise.resolve(returned).catch(() => undefined);
    throw new TypeError(`${NAME}: ${ASYNC}`);
  }
}
