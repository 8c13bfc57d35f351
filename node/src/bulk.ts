// Bulk operations: one operation for many items, with one result for each. The core runs them;
// JavaScript passes all items at once and takes results in chunks.

import { report } from './callbacks';
import { CallFluentError, errorFrom, outside, type Report, type Site } from './errors';
import type { IdInput } from './id';
import type { RequestOptions } from './options';

/** The result of one item of a bulk operation. */
export interface BulkItem<T> {
  /** ID of the item, as it was passed. In an array without IDs of your own, the index. */
  readonly id: IdInput;
  /**
   * Result of the operation. `undefined` after an error, in a dry run, and if an earlier run did
   * the item and the journal does not keep its result.
   */
  readonly value: T | undefined;
  /** Error of the operation. */
  readonly error: CallFluentError | undefined;
  /** True if the server may have processed the item although it failed. */
  readonly outcomeUnknown: boolean;
  /** True if an earlier run did the item, according to the journal. */
  readonly fromJournal: boolean;
}

/** Numbers of items of a bulk operation. */
export interface BulkProgress {
  /** Items that are completed, with or without an error. */
  readonly completed: number;
  /** Completed items with an error. */
  readonly failed: number;
  /** All items. */
  readonly total: number;
}

/** Decision about an item whose outcome is unknown: the server processed it, or it is repeated. */
export type BulkResolution = 'done' | 'repeat';

/**
 * Items by ID. An object sorts keys that are integers; a `Map` keeps their order. The type of an
 * array of object literals has absent keys as `undefined`; an item that is `undefined` is an error.
 */
export type ItemsById<Fields> = ReadonlyMap<IdInput, Fields> | Readonly<Record<string, Fields | undefined>>;

/** Options of a bulk operation. Timeout, retries and headers are those of each request. */
export interface BulkOptions extends RequestOptions {
  /**
   * Maximum number of items that are processed at once, 1 or more. The limits of the client apply,
   * too. Default: 10.
   */
  maxConcurrency?: number | undefined;
  /**
   * Receives the progress: first 0 items before anything is sent, then at most 50 times a second.
   * An error that it throws cancels the operation. It must not be async.
   */
  onProgress?: ((progress: BulkProgress) => void) | undefined;
}

/** Options of a bulk operation that changes something. */
export interface BulkChangeOptions extends BulkOptions {
  /** Validates all items and compares them with the journal, but sends nothing. Default: false. */
  dryRun?: boolean | undefined;
  /**
   * Path of a file that records each item by its ID. Another run with the same file processes only
   * the items that are missing or failed. Default: none.
   */
  journal?: string | URL | undefined;
  /** Decisions about items whose outcome is unknown in the journal, by ID. */
  resolve?: ItemsById<BulkResolution> | undefined;
}

/** A result as the addon encodes it: value, error, and whether the journal has it. */
type EncodedResult = readonly [value: unknown, error: Report | null, fromJournal: boolean];

/** Results that arrived together: the numbers of completed and failed items come first. */
export type BulkChunk = readonly [numbers: readonly [completed: number, failed: number], ...results: EncodedResult[]];

/** A bulk operation that was not started. */
export interface PreparedBulk {
  /** IDs of the items, as they were passed. */
  readonly ids: readonly unknown[];
  readonly onProgress: ((progress: BulkProgress) => void) | undefined;
  /** Starts it, and passes results until the end. `onBegun` gets a function that cancels it. */
  run(take: (chunk: BulkChunk) => void, onBegun: (cancel: () => void) => void): Promise<void>;
}

/** Prepares a bulk operation. Returns a function that returns it, or throws its error. */
export function prepareBulk(prepare: () => PreparedBulk, site: Site): () => PreparedBulk {
  try {
    const prepared = prepare();
    return () => prepared;
  } catch (thrown) {
    const error = thrown instanceof CallFluentError ? outside(thrown, site) : thrown;
    return () => {
      throw error;
    };
  }
}

/** A bulk operation with the results so far. */
class BulkRun<T> {
  readonly #prepare: () => PreparedBulk;
  readonly #site: Site;
  readonly results: BulkItem<T>[] = [];
  /** Fulfilled when all items are completed. Set when it was started. */
  #end: Promise<BulkItem<T>[]> | undefined;
  #cancel: (() => void) | undefined;
  #wake: (() => void)[] = [];
  hasEnded = false;

  constructor(prepare: () => PreparedBulk, site: Site) {
    this.#prepare = prepare;
    this.#site = site;
  }

  /** Starts the operation once, and returns all results. */
  start(): Promise<BulkItem<T>[]> {
    this.#end ??= this.#run();
    return this.#end;
  }

  /** Cancels what is left. */
  cancel(): void {
    this.#cancel?.();
  }

  /** Waits for further results, or for the end. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async #run(): Promise<BulkItem<T>[]> {
    try {
      const prepared = this.#prepare();
      // A callback that fails at once must fail before anything is sent.
      report(prepared.onProgress, { completed: 0, failed: 0, total: prepared.ids.length });
      await prepared.run(
        (chunk) => this.#take(prepared, chunk),
        (cancel) => (this.#cancel = cancel),
      );
      if (this.results.length < prepared.ids.length) {
        throw outside(new CallFluentError('the bulk operation was canceled: its iteration ended early'), this.#site);
      }
      return this.results;
    } finally {
      this.hasEnded = true;
      this.#wakeAll();
    }
  }

  #take(prepared: PreparedBulk, [[completed, failed], ...results]: BulkChunk): void {
    for (const [value, failure, fromJournal] of results) {
      const error = failure === null ? undefined : errorFrom(failure, this.#site);
      this.results.push({
        id: prepared.ids[this.results.length] as IdInput,
        value: (value ?? undefined) as T | undefined,
        error,
        outcomeUnknown: (error as { outcomeUnknown?: boolean } | undefined)?.outcomeUnknown === true,
        fromJournal,
      });
    }
    this.#wakeAll();
    report(prepared.onProgress, { completed, failed, total: prepared.ids.length });
  }

  #wakeAll(): void {
    this.#wake.splice(0).forEach((resolve) => resolve());
  }
}

/**
 * Promise of the results of a bulk operation, and async iterable of each result as soon as it and
 * all earlier ones are completed. The first `await`, `then` or iteration starts the operation. Both
 * together run it once. Ending an iteration early cancels what is left.
 *
 * @example
 * ```ts
 * const results = await client.agents.getMany([1001, 1002]);
 * for await (const item of client.agents.getMany([1001, 1002])) console.log(item.id, item.error);
 * ```
 */
export class BulkPromise<T> extends Promise<BulkItem<T>[]> implements AsyncIterable<BulkItem<T>> {
  #run: BulkRun<T> | undefined;
  #settle: ((results: Promise<BulkItem<T>[]>) => void) | undefined;

  /** Promises derived with `then` are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static of<T>(prepare: () => PreparedBulk, site: Site): BulkPromise<T> {
    let settle: ((results: Promise<BulkItem<T>[]>) => void) | undefined;
    const promise = new BulkPromise<T>((resolve) => (settle = resolve));
    promise.#run = new BulkRun<T>(prepare, site);
    promise.#settle = settle;
    return promise;
  }

  /** Starts the operation, and attaches callbacks as `Promise.then` does. `await` calls it. */
  override then<Result = BulkItem<T>[], Otherwise = never>(
    onFulfilled?: ((results: BulkItem<T>[]) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Otherwise | PromiseLike<Otherwise>) | null,
  ): Promise<Result | Otherwise> {
    this.#start();
    return super.then(onFulfilled, onRejected);
  }

  /** Iterates over the results in the order of the items. */
  async *[Symbol.asyncIterator](): AsyncGenerator<BulkItem<T>, void, undefined> {
    const run = this.#start();
    if (run === undefined) {
      yield* await this;
      return;
    }
    const end = run.start();
    try {
      for (let index = 0; ; ) {
        const item = run.results[index];
        if (item !== undefined) {
          index += 1;
          yield item;
        } else if (run.hasEnded) {
          await end;
          return;
        } else {
          await run.change();
        }
      }
    } finally {
      if (!run.hasEnded) {
        run.cancel();
      }
    }
  }

  #start(): BulkRun<T> | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    if (settle !== undefined && this.#run !== undefined) {
      const end = this.#run.start();
      settle(end);
      // Who only iterates gets the error there.
      super.then(undefined, () => undefined);
    }
    return this.#run;
  }
}
