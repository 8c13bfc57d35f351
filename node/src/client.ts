/// <reference lib="esnext.disposable" preserve="true" />
// The client: its resources, and the methods that belong to no resource.

import type { inspect } from 'node:util';

import { hereIfNeeded } from './errors';
import { Resources } from './generated/resources';
import type { ClientOptions, RequestOptions, SharedOptions } from './options';
import type { RequestContent } from './request-content';
import { type CurlCommands, type RawResponses, view } from './request-views';
import { Transport } from './transport';

/** `inspect.custom` is this symbol. Loading `node:util` for it would take a tenth of the import. */
const inspectSymbol: typeof inspect.custom = Symbol.for('nodejs.util.inspect.custom') as typeof inspect.custom;

/** A difference between responses and the API reference. */
export interface DriftEntry {
  /** Record and field, e.g. `Agent.agentType`. */
  readonly path: string;
  /** Kind of difference. */
  readonly kind: 'unknown field' | 'unknown value' | 'missing field' | 'invalid value';
  /** The unknown value, at most 64 characters. */
  readonly value: string | null;
  /** Number of occurrences. */
  readonly count: number;
}

/**
 * Client of the CallFluent API. Create one for each API key and use it for all requests: it holds
 * the connections.
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
   * Creates a client. Nothing is sent.
   *
   * @param options - Key, base URL, timeouts and limits. Omitted options have defaults.
   * @throws {@link InvalidRequestError} Options are invalid; `fieldErrors` lists all of them.
   * @example
   * ```ts
   * const client = new CallFluent({ apiKey: 'your-key', timeout: 20_000 });
   * ```
   */
  constructor(options: ClientOptions = {}) {
    const transport = Transport.is(options) ? options : Transport.from(options);
    super(transport);
    this.#transport = transport;
  }

  /** Base URL of all requests. */
  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /**
   * The same resources, whose methods return the raw response next to the parsed result.
   *
   * @example
   * ```ts
   * const response = await client.withRawResponse.agents.get(1002);
   * console.log(response.status, response.requestId, response.value.totalCalls);
   * ```
   */
  get withRawResponse(): RawResponses {
    return view<RawResponses>(this.#transport, 'response');
  }

  /**
   * The same resources, whose methods return curl commands and send nothing. A command takes the
   * key from the environment variable `CALLFLUENT_API_KEY`. A method that sends several requests,
   * such as `agents.patch`, has no command: it throws {@link InvalidRequestError}.
   *
   * @example
   * ```ts
   * console.log(await client.asCurl.agents.get(1002));
   * ```
   */
  get asCurl(): CurlCommands {
    return view<CurlCommands>(this.#transport, 'curl');
  }

  /**
   * Returns a client with other options. It shares connections and limits with this one, and
   * closing this one closes it too.
   *
   * @param options - Options to change.
   * @returns The new client.
   * @throws {@link InvalidRequestError} Options are invalid.
   * @example
   * ```ts
   * const patient = client.withOptions({ timeout: 120_000, maxRetries: 5 });
   * ```
   */
  withOptions(options: SharedOptions): CallFluent {
    return new CallFluent(this.#transport.with(options) as ClientOptions);
  }

  /**
   * Sends a request to an endpoint that this package does not model, with the same key, retries
   * and errors. GET and DELETE are idempotent; other methods are retried only if the server did
   * not process the request.
   *
   * @param method - HTTP method.
   * @param path - Path below the base URL, e.g. `/agent/get-one/1`.
   * @param content - Body and query.
   * @param options - Timeout, retries, signal and headers of this request.
   * @returns The JSON of the response, unchanged.
   * @throws {@link InvalidRequestError} An argument is invalid; nothing was sent.
   * @throws {@link APIError} The request failed.
   * @example
   * ```ts
   * const agent = await client.request('GET', '/agent/get-one/1002');
   * ```
   */
  request<T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: RequestContent = {},
    options?: RequestOptions,
  ): Promise<T> {
    return this.#transport.request<T>(method, path, content, options, hereIfNeeded());
  }

  /**
   * Returns the differences between responses and the API reference so far.
   *
   * @returns The differences, ordered by path.
   */
  drift(): DriftEntry[] {
    return this.#transport.drift() as DriftEntry[];
  }

  /**
   * Refuses further requests, waits for those in flight, and closes the connections. Clients made
   * by {@link CallFluent.withOptions} are closed too. An idle client does not keep the process
   * alive, so closing it is optional.
   *
   * @returns A promise that is fulfilled when no request is in flight.
   */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Refuses further requests after a `using` block. Requests in flight continue. */
  [Symbol.dispose](): void {
    this.#transport.refuse();
  }

  /** Text of `console.log`, without the key. */
  [inspectSymbol](): string {
    return `CallFluent { baseUrl: '${this.baseUrl}' }`;
  }
}
