// What every resource of a client does: remembers where it was called from, and hands the call on.

import type { Caller } from './caller';
import type { Site } from './errors';
import type { FileInput } from './files';
import type { RequestOptions } from './options';
import { PagePromise } from './pages';

/** Remembers the place that the caller's code is at. */
export function here(): Site {
  const site: Site = {};
  Error.captureStackTrace(site, here);
  return site;
}

/** A resource of the API, such as the agents. */
export abstract class Resource {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @internal */
  protected call<T>(
    operation: string,
    args: object,
    options: RequestOptions | undefined,
    files?: readonly FileInput[],
  ): Promise<T> {
    return this.#caller.call<T>(operation, args, options, here(), files);
  }

  /** @internal */
  protected pages<T>(
    operation: string,
    args: { readonly page?: number | undefined; readonly [name: string]: unknown },
    options: RequestOptions | undefined,
  ): PagePromise<T> {
    const site = here();
    const fetch = (page: number): Promise<T[]> =>
      this.#caller.call<T[]>(operation, page === args.page || page > 1 ? { ...args, page } : args, options, site);
    return PagePromise.of(fetch, args.page ?? 1);
  }
}
