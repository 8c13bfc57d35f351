/// <reference lib="esnext.disposable" preserve="true" />
// The client: its resources, and what is not about any one of them.

import type { inspect } from 'node:util';

import type { RequestContent } from './request-content';
import { hereIfNeeded } from './errors';
import { Resources } from './generated/resources';
import type { ClientOptions, RequestOptions, SharedOptions } from './options';
import { Transport } from './transport';

/** `inspect.custom`, which is the same symbol: to load the module for it alone would take a tenth of the import. */
const shown: typeof inspect.custom = Symbol.for('nodejs.util.inspect.custom') as typeof inspect.custom;

/** One way in which the API's answers differed from its documentation. */
export interface DriftEntry {
  /** Where: the record and its field, such as `Agent.agentType`. */
  readonly path: string;
  /** What kind of difference. */
  readonly kind: 'unknown field' | 'unknown value' | 'missing field' | 'invalid value';
  /** The unknown value, at most 64 characters of it. */
  readonly value: string | null;
  /** How often it was seen. */
  readonly count: number;
}

/**
 * A client of the CallFluent API. Make one for each API key; it holds the connections.
 *
 * @example
 * ```ts
 * import { CallFluent } from 'callfluent';
 *
 * const client = new CallFluent(); // reads CALLFLUENT_API_KEY
 * for (const workspace of await client.workspaces.list()) {
 *   console.log(workspace.id, workspace.name);
 * }
 * ```
 */
export class CallFluent extends Resources implements AsyncDisposable, Disposable {
  readonly #transport: Transport;

  /**
   * Makes a client. Nothing is sent.
   *
   * @param options - Key, address, timeouts and limits; what is left out has defaults.
   * @throws {@link InvalidRequestError} with everything that cannot be used.
   */
  constructor(options: ClientOptions = {}) {
    const transport = Transport.is(options) ? options : Transport.from(options);
    super(transport);
    this.#transport = transport;
  }

  /** The URL that all paths are below. */
  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /**
   * A client with other options for its requests. It shares the connections and limits of this one.
   *
   * @param options - What is to be other than here.
   */
  withOptions(options: SharedOptions): CallFluent {
    return new CallFluent(this.#transport.with(options) as ClientOptions);
  }

  /**
   * Calls an endpoint that is not modelled, with the same key, retries and errors, and returns the answer's JSON as it came.
   *
   * @param method - The HTTP method: GET, POST, PUT, PATCH or DELETE.
   * @param path - The path below the base URL, such as `/agent/get-one/1`.
   * @param content - The body and the query.
   * @param options - Signal, timeout and retries of this call.
   */
  request<T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: RequestContent = {},
    options?: RequestOptions,
  ): Promise<T> {
    return this.#transport.request<T>(method, path, content, options, hereIfNeeded());
  }

  /** Where the API's answers differed from its documentation so far, ordered by path. */
  drift(): DriftEntry[] {
    return this.#transport.drift() as DriftEntry[];
  }

  /**
   * Takes no more calls, waits for those under way, and lets go of the connections. An idle client need not be closed: it does
   * not keep the process alive.
   */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes no more calls after a `using` block; those under way go on, and the connections end with the last of them. */
  [Symbol.dispose](): void {
    this.#transport.refuse();
  }

  /** What `console.log` shows: never the key. */
  [shown](): string {
    return `CallFluent { baseUrl: '${this.baseUrl}' }`;
  }
}
