// `calls.wait` and `calls.watch`. The core polls the call history, and decides which calls are new
// or changed and when a call has ended.

import { encode } from './arguments';
import { here } from './errors';
import type { Call } from './generated/models';
import type { IdInput } from './id';
import { waitOptions, watchOptions } from './options';
import { Resource } from './resource';
import type { NextChanges, WaitOptions, WatchOptions } from './watch-options';

/** Waiting for the end of a call, and watching the calls of an agent. */
export abstract class CallWatching extends Resource {
  /**
   * Waits until a phone call has ended, and returns it as the call history has it then.
   *
   * It polls the call history of the agent, with delays that grow from the shortest to the longest
   * one. A phone call has ended if its `status` is `completed`, `busy`, `no-answer`, `failed` or
   * `canceled`. If the history has no such status, a field whose name contains `duration` and that
   * is positive means the end. The API documents neither: pass `ended` for another condition.
   * Reading the history is idempotent.
   *
   * Endpoint: `GET /agent/{agentId}/calls`.
   *
   * @param agentId - ID of the agent.
   * @param callId - ID of the phone call.
   * @param options - Timeout, condition, delays and signal.
   * @typeParam Fields - Types of the undocumented fields that the records of your account have.
   *   They are not validated.
   * @returns The phone call.
   * @throws {@link InvalidRequestError} An argument is invalid; nothing was sent.
   * @throws {@link APITimeoutError} The phone call has not ended in time. The message has its last
   *   state.
   * @throws {@link NotFoundError} No agent has this ID.
   * @throws {@link APIError} The history could not be read.
   * @example
   * ```ts
   * const call = await client.calls.wait(1002, 50052, { timeout: 600_000 });
   * console.log(call['status']);
   * ```
   */
  async wait<Fields extends object = object>(
    agentId: IdInput,
    callId: IdInput,
    options?: WaitOptions<Call & Fields>,
  ): Promise<Call & Fields> {
    const site = here();
    const { settings, signal, ended } = waitOptions(options);
    const poll = this.waiting<Call & Fields>(encode('calls.wait', { agentId, callId }), settings, ended === undefined, signal, site);
    for (;;) {
      const call = await poll();
      if (call !== null && (ended === undefined || ended(call))) {
        return call;
      }
    }
  }

  /**
   * Returns the new and changed calls of an agent as an async iterable that does not end.
   *
   * It polls the call history, with delays that grow from the shortest to the longest one. A new or
   * changed call sets the delay back. The first read of the history finds the calls that exist. A
   * call that appears between two polls is not lost. After an error, the same iterable continues.
   * `break` and the signal end it at once.
   *
   * Endpoint: `GET /agent/{agentId}/calls`.
   *
   * @param agentId - ID of the agent.
   * @param options - Delays and signal.
   * @typeParam Fields - Types of the undocumented fields that the records of your account have.
   *   They are not validated.
   * @returns An async iterable of calls.
   * @throws {@link InvalidRequestError} An argument is invalid; nothing was sent.
   * @example
   * ```ts
   * for await (const call of client.calls.watch(1002)) {
   *   console.log(call.id, call['status']);
   * }
   * ```
   */
  watch<Fields extends object = object>(agentId: IdInput, options?: WatchOptions): CallWatch<Call & Fields> {
    const site = here();
    const { settings, signal } = watchOptions(options);
    return new CallWatch(this.watching<Call & Fields>(encode('calls.watch', { agentId }), settings, site), signal);
  }
}

/** The new and changed calls of an agent. {@link CallWatching.watch} creates it. */
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
