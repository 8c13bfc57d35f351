// The options of `calls.wait` and `calls.watch`: their check, and their form for the core.

import type { WaitOptions, WatchOptions } from './generated/call-options';
import { type Checks, finite, flag, milliseconds, signal } from './option-checks';
import { checkedRequest, encoded } from './options';
import { typeName } from './records';

/** Waits for new and changed calls. `received` is the number of calls that arrived before. */
export type NextChanges<T> = (received: number, stop: AbortController, signal: AbortSignal | undefined) => Promise<T[]>;

const POLL: Checks = { minInterval: finite, maxInterval: finite, signal };
const WATCH: Checks = { ...POLL, includeExisting: flag };
const WAIT: Checks = {
  ...POLL,
  timeout: milliseconds,
  ended: (value) => (typeof value === 'function' ? undefined : `expected a function, got ${typeName(value)}`),
};

interface Polling {
  /** Options for the core, encoded. */
  readonly settings: string;
  readonly signal: AbortSignal | undefined;
}

/** Checks and encodes the options of a wait for the end of a call. */
export function waitOptions<T>(options: WaitOptions<T> | undefined): Polling & Pick<WaitOptions<T>, 'ended'> {
  const { signal, ended, ...rest } = checkedRequest<WaitOptions<T>>('calls.wait', options ?? {}, WAIT);
  return { settings: encoded('calls.wait', rest), signal, ended };
}

/** Checks and encodes the options of a watch of calls. */
export function watchOptions(options: WatchOptions | undefined): Polling {
  const { signal, ...rest } = checkedRequest<WatchOptions>('calls.watch', options ?? {}, WATCH);
  return { settings: encoded('calls.watch', rest), signal };
}
