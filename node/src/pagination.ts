// Lists that come in pages: awaited they are one page, iterated they are all of them, each fetched when it is reached. The
// API marks no end: it is a page with nothing new, be it empty or one that was there before.

/** One page of a list. */
export interface Page<T> {
  /** What is on it. */
  readonly items: T[];
  /** Its number, counted from 1. */
  readonly page: number;
  /** Fetches the page after this one; `null` where there is none. */
  nextPage(): Promise<Page<T> | null>;
}

/** Fetches the items of a page. */
type Fetch<T> = (page: number) => Promise<T[]>;

/**
 * One page when awaited, all items from that page on when iterated.
 *
 * @example
 * ```ts
 * const page = await client.calls.list(7, { page: 2 });
 * for await (const call of client.calls.list(7)) console.log(call.id);
 * ```
 */
export class PagePromise<T> extends Promise<Page<T>> implements AsyncIterable<T> {
  #fetch: Fetch<T> | undefined;

  /** What `then` gives is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static of<T>(fetch: Fetch<T>, number: number): PagePromise<T> {
    const promise = new PagePromise<T>((resolve, reject) => {
      fetch(number).then((items) => resolve(pageOf(fetch, number, items)), reject);
    });
    promise.#fetch = fetch;
    return promise;
  }

  /** Goes through the items of this page and all after it. An item that moves to another page meanwhile comes once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const seen = new Set<unknown>();
    let { items, page } = await this;
    for (;;) {
      const fresh = items.filter((item) => isNew(item, seen));
      yield* fresh;
      if (fresh.length === 0 || this.#fetch === undefined) {
        return;
      }
      page += 1;
      items = await this.#fetch(page);
    }
  }
}

function pageOf<T>(fetch: Fetch<T>, number: number, items: T[]): Page<T> {
  return {
    items,
    page: number,
    async nextPage(): Promise<Page<T> | null> {
      if (items.length === 0) {
        return null;
      }
      const next = await fetch(number + 1);
      return next.length === 0 || areAlike(next, items) ? null : pageOf(fetch, number + 1, next);
    },
  };
}

/** Whether a page is the one before it once more. As a rule the first items tell that it is not. */
function areAlike(page: readonly unknown[], before: readonly unknown[]): boolean {
  const isAlike = (item: unknown, place: number): boolean => JSON.stringify(item) === JSON.stringify(before[place]);
  return page.length === before.length && page.every(isAlike);
}

/** Whether an item was not there yet: by its id, or all of it where it has none. */
function isNew(item: unknown, seen: Set<unknown>): boolean {
  const id = (item as { id?: unknown } | null)?.id;
  const mark = id === undefined || id === null ? JSON.stringify(item) : String(id);
  const isNew = !seen.has(mark);
  seen.add(mark);
  return isNew;
}
