// Base class of all resources. It passes requests to the transport of the client.

import { type BulkChangeOptions, BulkPromise, prepareBulk } from './bulk';
import type { BulkOperation } from './bulk-items';
import { encodeBulk } from './bulk-options';
import { here, hereIfNeeded, type Site } from './errors';
import type { FileInput } from './files';
import { type ListOptions, onProgressOf } from './list-options';
import type { RequestOptions } from './options';
import { PagePromise } from './pagination';
import { tabular, type Tabular } from './tabular';
import type { Transport } from './transport';
import type { NextChanges } from './watch-options';

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
  protected waiting<T>(
    args: string,
    settings: string,
    untilEnded: boolean,
    signal: AbortSignal | undefined,
    site: Site,
  ): () => Promise<T | null> {
    return this.#transport.wait<T>(args, settings, untilEnded, signal, site);
  }

  /** @internal */
  protected watching<T>(args: string, settings: string, site: Site): NextChanges<T> {
    return this.#transport.watch<T>(args, settings, site);
  }

  /** @internal */
  protected pages<T>(
    operation: string,
    args: object,
    options: ListOptions | undefined,
    type: string,
  ): PagePromise<T> {
    // A subclass of Promise hides the awaiting functions from the stack.
    const site = here();
    const progress = onProgressOf(options);
    return PagePromise.of({
      open: () => this.#transport.pages<T>(operation, args, progress.rest(operation), site),
      columns: (table) => this.#transport.columns(operation, args, progress.rest(operation), { type, table, onProgress: progress.get() }, site),
      at: (page) => this.pages<T>(operation, { ...args, page }, options, type),
      signal: () => options?.signal,
      onProgress: progress.get,
    });
  }

  /**
   * Adds the methods of tables to the promise of a list. They are not enumerable.
   *
   * @internal
   */
  protected tabular<T extends object, List extends Iterable<T>>(list: Promise<List>, type: string): Promise<List> & Tabular {
    return tabular(list, type);
  }
}
