// Base class of all resources. It passes requests to the transport of the client.

import { type BulkChangeOptions, BulkPromise, prepareBulk } from './bulk';
import type { BulkOperation } from './bulk-items';
import { encodeBulk } from './bulk-options';
import { here, hereIfNeeded } from './errors';
import type { FileInput } from './files';
import type { RequestOptions } from './options';
import { PagePromise } from './pagination';
import type { Transport } from './transport';

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
  protected callWithRow<T>(operation: string, row: object, options: RequestOptions | undefined): Promise<T> {
    return this.#transport.callWithRow<T>(operation, row, options, hereIfNeeded());
  }

  /** @internal */
  protected bulk<T>(operation: BulkOperation, shared: object, items: unknown, options: BulkChangeOptions | undefined): BulkPromise<T> {
    // A subclass of Promise hides the awaiting functions from the stack.
    const site = here();
    // The items are those of this line, also if the operation starts later.
    const prepare = prepareBulk(() => this.#transport.bulk(operation, encodeBulk(operation, shared, items, options), site), site);
    return BulkPromise.of<T>(prepare, site);
  }

  /** @internal */
  protected pages<T>(
    operation: string,
    args: object,
    options: RequestOptions | undefined,
  ): PagePromise<T> {
    // A subclass of Promise hides the awaiting functions from the stack.
    const site = here();
    return PagePromise.of(
      () => this.#transport.pages<T>(operation, args, options, site),
      () => options?.signal,
      (page) => this.pages<T>(operation, { ...args, page }, options),
    );
  }
}
