// Types of the options of `calls.wait` and `calls.watch`. `options` checks them.

import type { Call } from './generated/models';

/** Options of `calls.watch`. */
export interface WatchOptions {
  /** Return the calls that exist already, too. Default: false. */
  includeExisting?: boolean | undefined;
  /** Shortest delay between polls in milliseconds, above 0. Default: 1,000. */
  minInterval?: number | undefined;
  /** Longest delay between polls in milliseconds. Default: 15,000. */
  maxInterval?: number | undefined;
  /** Ends a poll at once. The promise of the next call is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of `calls.wait`. */
export interface WaitOptions<T = Call> {
  /**
   * Total timeout in milliseconds. `Infinity` disables it. Default: 3,600,000. Each request has the
   * timeout of the client.
   */
  timeout?: number | undefined;
  /** Returns a true value if the phone call has ended. Replaces the default condition. */
  ended?: ((call: T) => unknown) | undefined;
  /** Shortest delay between polls in milliseconds, above 0. Default: 1,000. */
  minInterval?: number | undefined;
  /** Longest delay between polls in milliseconds. Default: 15,000. */
  maxInterval?: number | undefined;
  /** Ends the wait at once. The promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Waits for new and changed calls. `received` is the number of calls that arrived before. */
export type NextChanges<T> = (received: number, stop: AbortController, signal: AbortSignal | undefined) => Promise<T[]>;
