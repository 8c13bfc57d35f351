// Lists in pages. Awaited, a list is one page; iterated, it is the items of all pages. Nothing is
// fetched before that.

/** One page of a list. */
export interface Page<T> {
  /** Items of the page. */
  readonly items: T[];
  /** Number of the page, from 1. */
  readonly page: number;
  /** Fetches the next page; `null` if there is none. */
  nextPage(): Promise<Page<T> | null>;
}

/** Position in a list: before its first page, or at a page. The core ends the list. */
export interface Cursor<T> {
  /** Number of the page; before the first page, 0 or the number of that page. */
  readonly page: number;
  /** Fetches the page after this position; `null` at the end. */
  next(): Promise<{ readonly items: T[]; readonly cursor: Cursor<T> } | null>;
}

/**
 * Promise of a page, and async iterable of the items of this page and all later ones. The first
 * `await`, `then` or iteration fetches the page.
 *
 * @example
 * ```ts
 * const page = await client.calls.list(7, { page: 2 });
 * for await (const call of client.calls.list(7)) console.log(call.id);
 * ```
 */
export class PagePromise<T> extends Promise<Page<T>> implements AsyncIterable<T> {
  #begin: (() => void) | undefined;
  #signal: (() => AbortSignal | undefined) | undefined;

  /** Promises derived with `then` are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static of<T>(open: () => Cursor<T>, signal: () => AbortSignal | undefined): PagePromise<T> {
    let begin: (() => void) | undefined;
    const promise = new PagePromise<T>((resolve, reject) => {
      begin = () => void firstPage(open).then(resolve, reject);
    });
    promise.#begin = begin;
    promise.#signal = signal;
    return promise;
  }

  /** Fetches the page, and attaches callbacks as `Promise.then` does. `await` calls it. */
  override then<Result = Page<T>, Otherwise = never>(
    onFulfilled?: ((page: Page<T>) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Otherwise | PromiseLike<Otherwise>) | null,
  ): Promise<Result | Otherwise> {
    const begin = this.#begin;
    this.#begin = undefined;
    begin?.();
    return super.then(onFulfilled, onRejected);
  }

  /** Iterates over the items of this page and all later ones. Each item comes once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let page: Page<T> | null = await this;
    const signal = this.#signal?.();
    for (; page !== null; page = await page.nextPage()) {
      for (const item of page.items) {
        // After an abort, the rest of a page that has arrived is not yielded.
        signal?.throwIfAborted?.();
        yield item;
      }
    }
  }
}

async function firstPage<T>(open: () => Cursor<T>): Promise<Page<T>> {
  const cursor = open();
  return (await pageAfter(cursor)) ?? { items: [], page: cursor.page, nextPage: async () => null };
}

async function pageAfter<T>(cursor: Cursor<T>): Promise<Page<T> | null> {
  const next = await cursor.next();
  return next && { items: next.items, page: next.cursor.page, nextPage: () => pageAfter(next.cursor) };
}
