// What every resource of a client does: hands the call on, and remembers where it was made where that is needed.

import type { Transport } from './transport';
import { here, hereIfNeeded } from './errors';
import type { FileInput } from './files';
import type { RequestOptions } from './options';
import { PagePromise } from './pagination';

/** A resource of the API, such as the agents. */
export abstract class Resource {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @internal */
  protected call<T>(
    operation: string,
    args: object,
    options: RequestOptions | undefined,
    files?: readonly FileInput[],
  ): Promise<T> {
    const site = hereIfNeeded();
    return files === undefined
      ? this.#transport.call<T>(operation, args, options, site)
      : this.#transport.upload<T>(operation, args, files, options, site);
  }

  /** @internal */
  protected pages<T>(
    operation: string,
    args: { readonly page?: number | undefined; readonly [name: string]: unknown },
    options: RequestOptions | undefined,
  ): PagePromise<T> {
    // Promises of a class of their own hide who waits for them.
    const site = here();
    const fetch = (page: number): Promise<T[]> =>
      this.#transport.call<T[]>(operation, page > 1 ? { ...args, page } : args, options, site);
    // JavaScript may give a `bigint`, from which nobody can count on, or what will be refused.
    const first: unknown = args.page;
    return PagePromise.of(fetch, typeof first === 'number' || typeof first === 'bigint' ? Number(first) : 1);
  }
}
