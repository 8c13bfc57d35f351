// Base class of all resources. It passes requests to the transport of the client, or to a view.

import { type BulkChangeOptions, BulkPromise, prepareBulk } from './bulk';
import type { BulkOperation } from './bulk-items';
import { encodeBulk } from './bulk-options';
import { here, hereIfNeeded, type Site } from './errors';
import type { ExportSteps } from './export-steps';
import type { FileInput } from './files';
import { type ListOptions, onProgressOf } from './list-options';
import type { RequestOptions } from './options';
import { PagePromise } from './pagination';
import { tabular, type Tabular } from './tabular';
import type { Transport } from './transport';
import type { NextChanges } from './watch-options';

/**
 * Sends the requests of resources: the transport of a client, or a view that returns more.
 *
 * @internal
 */
export interface Sender extends Pick<Transport, 'call' | 'callWithRow' | 'upload' | 'pages' | 'columns' | 'bulk' | 'export' | 'wait' | 'watch'> {
  /** Changes the result of a request; by default, the result is what the request returned. */
  changed?<T>(result: T, change: (result: T) => T): T;
  /** Requests one page, for a view that returns something else than a list. */
  page?(operation: string, args: object, options: RequestOptions | undefined): Promise<unknown>;
}

/** A resource of the API, such as the agents. */
export abstract class Resource {
  readonly #sender: Sender;

  /** @internal */
  constructor(sender: Sender) {
    this.#sender = sender;
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
      ? this.#sender.call<T>(operation, args, options, site)
      : this.#sender.upload<T>(operation, args, files, options, site);
  }

  /** @internal */
  protected callWithRow<T>(operation: string, row: object, options: RequestOptions | undefined): Promise<T> {
    return this.#sender.callWithRow<T>(operation, row, options, hereIfNeeded());
  }

  /** @internal */
  protected async changed<T>(request: Promise<T>, change: (result: T) => T): Promise<T> {
    const result = await request;
    return this.#sender.changed?.(result, change) ?? change(result);
  }

  /** @internal */
  protected bulk<T>(operation: BulkOperation, shared: object, items: unknown, options: BulkChangeOptions | undefined): BulkPromise<T> {
    // A subclass of Promise hides the awaiting functions from the stack.
    const site = here();
    // The items are those of this line, even if the operation starts later.
    const prepare = prepareBulk(() => this.#sender.bulk(operation, encodeBulk(operation, shared, items, options), site), site);
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
    return this.#sender.wait<T>(args, settings, untilEnded, signal, site);
  }

  /** @internal */
  protected watching<T>(args: string, settings: string, site: Site): NextChanges<T> {
    return this.#sender.watch<T>(args, settings, site);
  }

  /** @internal */
  protected exporting<T>(settings: string, options: RequestOptions, site: Site, use: (steps: ExportSteps) => Promise<T>): Promise<T> {
    return this.#sender.export(settings, options, site, use);
  }

  /** @internal */
  protected pages<T>(
    operation: string,
    args: object,
    options: ListOptions | undefined,
    type: string,
  ): PagePromise<T> {
    if (this.#sender.page !== undefined) {
      // Only a view has it. Its types have another result.
      return this.#sender.page(operation, args, options) as unknown as PagePromise<T>;
    }
    // A subclass of Promise hides the awaiting functions from the stack.
    const site = here();
    const progress = onProgressOf(options);
    return PagePromise.of({
      open: () => this.#sender.pages<T>(operation, args, progress.rest(operation), site),
      columns: (table) => this.#sender.columns(operation, args, progress.rest(operation), { type, table, onProgress: progress.get() }, site),
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
