// The resources of `client.withRawResponse` and `client.asCurl`. Their methods have the parameters
// of the resources' own methods and return something else.

import { invalid } from './arguments';
import type { BulkOperation } from './bulk-items';
import { here, hereIfNeeded, outside, type Site } from './errors';
import type { FileInput } from './files';
import type { OperationName } from './generated/operations';
import { Resources } from './generated/resources';
import type { RequestOptions, Wish } from './options';
import type { Cursor, Page } from './pagination';
import type { RequestContent } from './request-content';
import type { Sender } from './resource';
import type { Transport } from './transport';

/**
 * A response with its parsed result. Nothing in it contains the API key.
 *
 * @example
 * ```ts
 * const response = await client.withRawResponse.agents.get(1002);
 * console.log(response.status, response.requestId, response.attempts, response.value.agent.name);
 * ```
 */
export interface RawResponse<T> {
  /** The parsed result, as the method returns it. */
  readonly value: T;
  /** HTTP status. */
  readonly status: number;
  /** Headers by lower-case name, without cookies and credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body of the response as text. */
  readonly body: string;
  /** ID that the server gave the request. */
  readonly requestId?: string | undefined;
  /**
   * Number of attempts. If a method sends several requests, as `agents.patch` does, the response is
   * that of the last one.
   */
  readonly attempts: number;
  /** HTTP method. */
  readonly method: string;
  /** URL of the request. */
  readonly url: string;
}

/** A method with another result. Some methods have two forms of parameters. */
type WithRawResponse<F> = F extends { (...args: infer A): Promise<infer T>; (...args: infer B): Promise<unknown> }
  ? (...args: A | B) => Promise<RawResponse<T>>
  : never;
type AsCurl<F> = F extends { (...args: infer A): unknown; (...args: infer B): unknown }
  ? (...args: A | B) => Promise<string>
  : never;

/** The methods of a resource that send one request. */
type Operations<R extends keyof Resources> = {
  [M in keyof Resources[R]]: `${R}.${M & string}` extends OperationName | 'agents.createFromRow' ? M : never;
}[keyof Resources[R]];

/** The resources of a client, whose methods return raw responses. */
export type RawResponses = {
  readonly [R in keyof Resources]: { readonly [M in Operations<R>]: WithRawResponse<Resources[R][M]> };
} & {
  /** Sends a request by its path; see {@link CallFluent.request}. */
  request<T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content?: RequestContent,
    options?: RequestOptions,
  ): Promise<RawResponse<T>>;
};

/** The resources of a client, whose methods return curl commands and send nothing. */
export type CurlCommands = {
  readonly [R in keyof Resources]: { readonly [M in Operations<R>]: AsCurl<Resources[R][M]> };
} & {
  /** Returns the command of a request by its path; see {@link CallFluent.request}. */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content?: RequestContent,
    options?: RequestOptions,
  ): Promise<string>;
};

class ViewSender implements Sender {
  readonly #transport: Transport;
  readonly #wish: Wish;

  constructor(transport: Transport, wish: Wish) {
    this.#transport = transport;
    this.#wish = wish;
  }

  call<T>(operation: string, args: object, options: RequestOptions | undefined, site?: Site): Promise<T> {
    return this.#transport.call<T>(operation, args, options, site, this.#wish);
  }

  callWithRow<T>(operation: string, row: object, options: RequestOptions | undefined, site?: Site): Promise<T> {
    return this.#transport.callWithRow<T>(operation, row, options, site, this.#wish);
  }

  upload<T>(
    operation: string,
    args: object,
    files: readonly FileInput[],
    options: RequestOptions | undefined,
    site?: Site,
  ): Promise<T> {
    return this.#transport.upload<T>(operation, args, files, options, site, this.#wish);
  }

  request<T>(
    method: string,
    path: string,
    content: RequestContent,
    options: RequestOptions | undefined,
    site?: Site,
  ): Promise<T> {
    return this.#transport.request<T>(method, path, content, options, site, this.#wish);
  }

  /** Lists have the method `page`. */
  pages(operation: string, _: object, __: unknown, site: Site): never {
    throw this.#refusal(operation, site);
  }

  columns(operation: string, _: object, __: unknown, ___: unknown, site: Site): never {
    throw this.#refusal(operation, site);
  }

  bulk(operation: BulkOperation, _: unknown, site: Site): never {
    throw this.#refusal(operation.name, site);
  }

  export(_: string, __: unknown, site: Site): never {
    throw this.#refusal('calls.export', site);
  }

  wait(_: string, __: unknown, ___: unknown, ____: unknown, site: Site): never {
    throw this.#refusal('calls.wait', site);
  }

  watch(_: string, __: unknown, site: Site): never {
    throw this.#refusal('calls.watch', site);
  }

  /** Returns the error of an operation that sends several requests. */
  #refusal(operation: string, site: Site): Error {
    const view = this.#wish === 'curl' ? 'asCurl' : 'withRawResponse';
    const reason = `this operation sends several requests; ${view} is for one request`;
    return outside(invalid(operation, [{ field: 'operation', reason }]), site);
  }

  changed<T>(result: T, change: (result: T) => T): T {
    const response = result as unknown as RawResponse<T> | string;
    const changed = typeof response === 'string' ? response : { ...response, value: change(response.value) };
    return changed as unknown as T;
  }

  async page(operation: string, args: object, options: RequestOptions | undefined): Promise<unknown> {
    const response = await this.call<RawResponse<unknown[]> | string>(operation, args, options, hereIfNeeded());
    if (typeof response === 'string') {
      return response;
    }
    const page = (args as { page?: number }).page ?? 1;
    const site = here();
    const nextPage = async (): Promise<Page<unknown> | null> => {
      // The position of the next page follows from this one, which is requested again.
      const position = this.#transport.pages<unknown>(operation, { ...args, page }, options, site);
      return pageAfter((await position.next())?.cursor);
    };
    return { ...response, value: { items: response.value, page, nextPage } };
  }
}

/** Returns the page after a position, if there is one. */
async function pageAfter(cursor: Cursor<unknown> | undefined): Promise<Page<unknown> | null> {
  const next = (await cursor?.next()) ?? null;
  return next && { items: next.items, page: next.cursor.page, nextPage: () => pageAfter(next.cursor) };
}

class View extends Resources {
  readonly #sender: ViewSender;

  constructor(sender: ViewSender) {
    super(sender);
    this.#sender = sender;
  }

  request<T>(method: string, path: string, content: RequestContent = {}, options?: RequestOptions): Promise<T> {
    return this.#sender.request<T>(method, path, content, options, hereIfNeeded());
  }
}

/**
 * Returns the resources of a transport, whose methods return what is wanted.
 *
 * @internal
 */
export function view<T>(transport: Transport, wish: Wish): T {
  return new View(new ViewSender(transport, wish)) as unknown as T;
}
