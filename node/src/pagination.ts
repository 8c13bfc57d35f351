// Lists in pages. Awaited, a list is one page; iterated, it is the items of all pages. Nothing is
// fetched before that.

import { type ArrowModule, type ArrowTable, toArrow } from './arrow-table';
import { report } from './callbacks';
import type { Columns, TableOptions } from './tables';

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

/** Numbers of what a list has fetched. */
export interface ListProgress {
  /** Pages that were fetched. */
  readonly pages: number;
  /** Items on them. */
  readonly items: number;
}

/** The pages of a list. */
export interface List<T> {
  /** Returns the position before the first page. */
  open(): Cursor<T>;
  /** Fetches all pages as columns. */
  columns(options: TableOptions | undefined): Promise<Columns>;
  /** Returns the list from another page on. */
  at(page: number): PagePromise<T>;
  /** Signal of the user. */
  signal(): AbortSignal | undefined;
  /** Receives the progress. */
  onProgress(): ((progress: ListProgress) => void) | undefined;
}

/** Items of a page, and the index of the next one to yield. */
interface Rest<T> {
  readonly items: readonly T[];
  next: number;
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
  #list: List<T> | undefined;
  /** The first page could not be fetched. */
  #failed = false;
  /** The latest page of the latest iteration. */
  #latest: Page<T> | undefined;
  /** Its items that an iteration over items has not yielded. */
  #rest: Rest<T> | undefined;

  /** Promises derived with `then` are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static of<T>(list: List<T>): PagePromise<T> {
    let begin: (() => void) | undefined;
    const promise = new PagePromise<T>((resolve, reject) => {
      begin = () => void firstPage(list).then(resolve, reject);
    });
    promise.#begin = begin;
    promise.#list = list;
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
    return this.#listed('fromPage').at(page);
  }

  /**
   * Fetches this page and all later ones as columns: typed arrays in the memory layout of Apache
   * Arrow. The columns of undocumented fields are found in the first page. Values that do not fit
   * their column are in the column `extra`, as JSON.
   *
   * @param options - Types of columns.
   * @returns The columns by name.
   * @throws {@link InvalidRequestError} A column has an unknown type; nothing was sent.
   * @throws {@link APIError} A page could not be fetched.
   * @example
   * ```ts
   * const columns = await client.calls.list(1002).toColumns({ columns: { duration: 'float64' } });
   * if (columns.duration?.type === 'float64') console.log(Math.max(...columns.duration.values));
   * ```
   */
  async toColumns(options?: TableOptions): Promise<Columns> {
    return this.#listed('toColumns').columns(options);
  }

  /**
   * Fetches this page and all later ones as a table of `apache-arrow`.
   *
   * @param arrow - The module `apache-arrow`, which you install.
   * @param options - Types of columns.
   * @returns A `Table` of the module.
   * @throws {@link InvalidRequestError} A column has an unknown type; nothing was sent.
   * @throws {@link APIError} A page could not be fetched.
   * @example
   * ```ts
   * import * as arrow from 'apache-arrow';
   *
   * const table = await client.calls.list(1002).toArrow(arrow);
   * console.log(table.numRows);
   * ```
   */
  async toArrow<Arrow extends ArrowModule>(arrow: Arrow, options?: TableOptions): Promise<ArrowTable<Arrow>> {
    return toArrow(arrow, await this.toColumns(options));
  }

  #listed(method: string): List<T> {
    if (this.#list === undefined) {
      throw new TypeError(`${method}: this promise was not returned by a list`);
    }
    return this.#list;
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
    this.#rest = undefined;
    yield* this.#following();
  }

  /**
   * Continues the latest iteration after an error, even one that the body of the loop threw. It
   * begins after the last item, or the last page of `pages()`, that was yielded. A page that could
   * not be fetched is requested again.
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
    return this.#itemsOf(this.#resumed());
  }

  /** Iterates over the items of this page and all later ones. Each item comes once. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#itemsOf(this.#begun(this.pages()));
  }

  /** Iterates over the items of pages, which `resume` continues. */
  async *#begun(pages: AsyncIterable<Page<T>>): AsyncGenerator<Rest<T>, void, undefined> {
    for await (const page of pages) {
      this.#rest = { items: page.items, next: 0 };
      yield this.#rest;
    }
  }

  /** Begins with the rest of the latest page. */
  async *#resumed(): AsyncGenerator<Rest<T>, void, undefined> {
    if (this.#rest !== undefined) {
      yield this.#rest;
    }
    yield* this.#begun(this.#following());
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
    const again = failed && this.#list !== undefined ? firstPage(this.#list) : undefined;
    try {
      return await (again ?? this);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async *#itemsOf(pages: AsyncIterable<Rest<T>>): AsyncGenerator<T, void, undefined> {
    for await (const rest of pages) {
      // The request has checked the options, so reading the signal does not fail.
      const signal = this.#list?.signal();
      while (rest.next < rest.items.length) {
        // After an abort, the rest of a page that has arrived is not yielded, nor lost.
        signal?.throwIfAborted?.();
        yield rest.items[rest.next++] as T;
      }
    }
  }
}

async function firstPage<T>(list: List<T>): Promise<Page<T>> {
  const cursor = list.open();
  const page = await pageAfter(cursor, list, { pages: 0, items: 0 });
  return page ?? { items: [], page: cursor.page, nextPage: async () => null };
}

async function pageAfter<T>(cursor: Cursor<T>, list: List<T>, before: ListProgress): Promise<Page<T> | null> {
  const next = await cursor.next();
  if (next === null) {
    return null;
  }
  const progress = { pages: before.pages + 1, items: before.items + next.items.length };
  report(list.onProgress(), progress);
  return { items: next.items, page: next.cursor.page, nextPage: () => pageAfter(next.cursor, list, progress) };
}
