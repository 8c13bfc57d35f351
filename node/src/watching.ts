// `calls.wait` and `calls.watch`. The core polls the call history, and decides which calls are new
// or changed and when a call has ended.

import { encode } from './arguments';
import { here } from './errors';
import type { Call } from './generated/models';
import type { IdInput } from './id';
import { Resource } from './resource';
import type { WaitOptions, WatchOptions } from './generated/call-options';
import { type NextChanges, waitOptions, watchOptions } from './watch-options';

/** Waiting for the end of a call, and watching the calls of an agent. */
export abstract class CallWatching extends Resource {
  /** @internal */
  protected async waitWithOptions<Fields extends object = object>(
    agentId: IdInput,
    callId: IdInput,
    options?: WaitOptions<Call & Fields>,
  ): Promise<Call & Fields> {
    const site = here();
    const { settings, signal, ended } = waitOptions(options);
    const poll = this.waiting<Call & Fields>(encode('calls.wait', { agentId, callId }), settings, ended === undefined, signal, site);
    for (;;) {
      const call = await poll();
      // A promise itself would always count as true.
      if (call !== null && (ended === undefined || (await ended(call)))) {
        return call;
      }
    }
  }

  /** @internal */
  protected watchWithOptions<Fields extends object = object>(agentId: IdInput, options?: WatchOptions): CallWatch<Call & Fields> {
    const site = here();
    const { settings, signal } = watchOptions(options);
    return new CallWatch(this.watching<Call & Fields>(encode('calls.watch', { agentId }), settings, site), signal);
  }
}

/** The new and changed calls of an agent. {@link CallsResource.watch} creates it. */
export class CallWatch<T> implements AsyncIterableIterator<T> {
  readonly #changes: NextChanges<T>;
  readonly #signal: AbortSignal | undefined;
  /** Calls that have arrived and were not returned yet. */
  #arrived: T[] = [];
  #received = 0;
  #hasEnded = false;
  #stop: AbortController | undefined;
  /** The latest call of `next`. They run one after another. */
  #latest: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(changes: NextChanges<T>, signal: AbortSignal | undefined) {
    this.#changes = changes;
    this.#signal = signal;
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Returns the next new or changed call. */
  next(): Promise<IteratorResult<T, undefined>> {
    const next = this.#latest.then(() => this.#next());
    this.#latest = next.catch(() => undefined);
    return next;
  }

  /** Ends the iterable, and a poll in flight. `break` calls it. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#hasEnded = true;
    this.#arrived = [];
    this.#stop?.abort();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    const ended: IteratorResult<T, undefined> = { done: true, value: undefined };
    if (this.#hasEnded) {
      return ended;
    }
    this.#signal?.throwIfAborted?.();
    if (this.#arrived.length === 0) {
      const stop = new AbortController();
      this.#stop = stop;
      try {
        this.#arrived = await this.#changes(this.#received, stop, this.#signal);
      } catch (thrown) {
        if (this.#hasEnded) {
          return ended;
        }
        throw thrown;
      } finally {
        this.#stop = undefined;
      }
      // The core returns calls again until it knows that they were received.
      this.#received += this.#arrived.length;
    }
    // A pending call of `next` may have ended meanwhile.
    return this.#hasEnded ? ended : { done: false, value: this.#arrived.shift() as T };
  }
}
