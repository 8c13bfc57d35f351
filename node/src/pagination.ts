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
  #at: ((page: number) => PagePromise<T>) | undefined;
  #again: (() => Promise<Page<T>>) | undefined;
  /** The first page could not be fetched. */
  #failed = false;
  /** The latest page of the latest iteration. */
  #latest: Page<T> | undefined;

  /** Promises derived with `then` are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static of<T>(
    open: () => Cursor<T>,
    signal: () => AbortSignal | undefined,
    at?: (page: number) => PagePromise<T>,
  ): PagePromise<T> {
    let begin: (() => void) | undefined;
    const promise = new PagePromise<T>((resolve, reject) => {
      begin = () => void firstPage(open).then(resolve, reject);
    });
    promise.#begin = begin;
    promise.#signal = signal;
    promise.#at = at;
    promise.#again = () => firstPage(open);
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

  /** Returns the list from this page on, counted from 1. */
  fromPage(page: number): PagePromise<T> {
    if (this.#at === undefined) {
      throw new TypeError('fromPage: this promise was not returned by a list');
    }
    return this.#at(page);
  }

  /**
   * Iterates over this page and all later ones that have new items.
   *
   * @example
   * ```ts
   * for await (const page of client.calls.list(7).pages()) console.log(page.page, page.items.length);
   * ```
   */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    this.#latest = undefined;
    yield* this.#following();
  }

  /**
   * Continues the latest iteration after an error, with the page that could not be fetched.
   *
   * @example
   * ```ts
   * const calls = client.calls.list(7);
   * try {
   *   for await (const call of calls) console.log(call.id);
   * } catch {
   *   for await (const call of calls.resume()) console.log(call.id);
   * }
   * ```
   */
  resume(): AsyncGenerator<T, void, undefined> {
    return this.#itemsOf(this.#following());
  }

  /** Iterates over the items of this page and all later ones. Each item comes once. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#itemsOf(this.pages());
  }

  async *#following(): AsyncGenerator<Page<T>, void, undefined> {
    let page: Page<T> | null = this.#latest === undefined ? await this.#first() : await this.#latest.nextPage();
    for (; page !== null; page = await page.nextPage()) {
      this.#latest = page;
      yield page;
    }
  }

  /** Fetches the first page, again if that failed before. */
  async #first(): Promise<Page<T>> {
    const failed = this.#failed;
    this.#failed = false;
    const again = failed ? this.#again?.() : undefined;
    try {
      return await (again ?? this);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async *#itemsOf(pages: AsyncIterable<Page<T>>): AsyncGenerator<T, void, undefined> {
    for await (const page of pages) {
      // The request has checked the options, so reading the signal does not fail.
      const signal = this.#signal?.();
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
