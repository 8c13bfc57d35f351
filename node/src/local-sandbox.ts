/// <reference lib="esnext.disposable" preserve="true" />
// The sandbox: a stateful local server that simulates the API, for tests and demos. It runs in this
// process, on its own thread.

import { CallFluent } from './client';
import { completions, Failed, reported, start } from './completion-queue';
import { errorFrom } from './errors';
import { loadNative, type NativeSandbox } from './native';
import type { ClientOptions } from './options';

/** Settings of a sandbox. */
export interface SandboxOptions {
  /** Port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** Starts with demo data. Default: one workspace without agents. */
  demo?: boolean;
  /** Seed of IDs, UUIDs and demo data. Default: 0. */
  seed?: number;
  /** Start of the sandbox's clock, in seconds since 1970. Each request adds a second. */
  clock?: number;
  /** API key that requests must have. */
  apiKey?: string;
  /** Number of calls per page. Default: 20. */
  pageSize?: number;
  /** Maximum number of agents. Default: 100. */
  agentLimit?: number;
  /** Maximum number of workspaces. Default: 5. */
  workspaceLimit?: number;
  /** Maximum number of journal entries. Default: 10,000. */
  journalLimit?: number;
  /**
   * Adds likely but undocumented fields to agents and actions in responses, such as `created_at`,
   * `custom_fields` and `actions`. Default: false.
   */
  likelyFields?: boolean;
  /** Fields that updates of agents silently ignore. */
  dropFields?: readonly string[];
}

/** Name of an operation in scripted responses and in the journal. */
export type OperationName =
  | 'actions.create'
  | 'actions.delete'
  | 'actions.update'
  | 'agents.create'
  | 'agents.delete'
  | 'agents.get'
  | 'agents.list'
  | 'agents.setCorsOrigins'
  | 'agents.update'
  | 'calls.delete'
  | 'calls.hangUp'
  | 'calls.list'
  | 'calls.start'
  | 'customFields.create'
  | 'customFields.delete'
  | 'customFields.update'
  | 'knowledge.delete'
  | 'knowledge.upload'
  | 'phoneNumbers.list'
  | 'user.profile'
  | 'workspaces.create'
  | 'workspaces.list';

/** A response for the next matching requests. */
export interface ScriptedResponse {
  /** Matches only this operation. */
  operation?: OperationName;
  /** Matches only requests whose path contains this string. */
  pathContains?: string;
  /** Number of requests that get this response. Default: 1. */
  times?: number;
  /** HTTP status, from 200 to 599. Without a status and a body, the real response is sent. */
  status?: number;
  /** Headers to add or to replace. */
  headers?: Readonly<Record<string, string>>;
  /** JSON body. */
  body?: unknown;
  /** Body that is sent unchanged. */
  bodyText?: string;
  /** Delay of the response in milliseconds. */
  delay?: number;
  /** Processes the request before responding, like a server whose response is lost. */
  processFirst?: boolean;
  /** Closes the connection instead of responding, or in the middle of the response body. */
  disconnect?: 'before_response' | 'in_body';
}

/** A received request and the status of its response. */
export interface JournalEntry {
  /** The `x-request-id` header of the response. */
  requestId: string;
  /** The operation; null if no endpoint has the path and method. */
  operation: OperationName | null;
  method: string;
  /** The path, percent-encoded. */
  path: string;
  /** The query string without the question mark. */
  query: string;
  /** The headers by lower-case name. The API key is `***`. */
  headers: Record<string, string>;
  /** The body, if it is JSON. */
  body: unknown;
  /** The body, if it is neither JSON nor multipart. */
  bodyText: string | null;
  /** The parts of a multipart body. */
  files: { field: string; name: string | null; contentType: string | null; size: number; crc32: number }[] | null;
  /** The status of the response; 0 if the connection was closed instead. */
  status: number;
  /** True if the sandbox processed the request, regardless of the response. */
  processed: boolean;
  /** True if a scripted response or a random fault changed the response. */
  scripted: boolean;
}

/** Object of the sandbox, as the API returns it. */
export interface SandboxObject {
  id: number;
  [field: string]: unknown;
}

/** A running sandbox. It stops when it is closed, and does not keep the process alive. */
export class Sandbox implements AsyncDisposable {
  readonly #native: NativeSandbox;

  private constructor(native: NativeSandbox) {
    this.#native = native;
  }

  /**
   * Starts a sandbox.
   *
   * @param options - Settings of the sandbox.
   */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    return new Sandbox(reported(() => new (loadNative().NativeSandbox)(JSON.stringify(options))));
  }

  /** Base URL for clients. */
  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  /** Base URL of the control endpoints. */
  get controlUrl(): string {
    return this.#native.controlUrl;
  }

  /** API key that requests must have. */
  get apiKey(): string {
    return this.#native.apiKey;
  }

  /**
   * Returns a client of this sandbox.
   *
   * @param options - Further options of the client.
   */
  client(options: Omit<ClientOptions, 'apiKey' | 'baseUrl'> = {}): CallFluent {
    return new CallFluent({ ...options, apiKey: this.apiKey, baseUrl: this.baseUrl });
  }

  /**
   * Queues a response for the next matching requests.
   *
   * @param response - The response, and the requests that it matches.
   * @throws An error if a field is invalid; it suggests names for an unknown operation.
   */
  async respond({ pathContains, bodyText, delay, processFirst, ...rest }: ScriptedResponse): Promise<void> {
    this.#control('POST', '/respond', {
      ...rest,
      path_contains: pathContains,
      body_text: bodyText,
      delay_ms: delay,
      process_first: processFirst,
    });
  }

  /** Returns the received requests with the status of their responses, oldest first. */
  async journal(): Promise<JournalEntry[]> {
    const { entries } = this.#control('GET', '/journal') as { entries: JsonEntry[] };
    return entries.map(({ request_id: requestId, body_text: bodyText, files, ...rest }) => ({
      requestId,
      ...rest,
      bodyText,
      files: files && files.map(({ content_type: contentType, ...file }) => ({ ...file, contentType })),
    }));
  }

  /**
   * Adds an agent without a request.
   *
   * @param overrides - Fields of the agent. Default: an inbound agent of workspace 1. An outbound
   *   agent without a `phoneNumber` gets an unused one. `null` removes a field.
   * @returns The agent, as the API returns it.
   */
  async addAgent(overrides: Readonly<Record<string, unknown>> = {}): Promise<SandboxObject> {
    return (this.#control('POST', '/agents', overrides) as { data: SandboxObject }).data;
  }

  /**
   * Adds a call without a request. It is the newest call of its agent, so it shifts the pages of a
   * list in progress.
   *
   * @param agentId - ID of the agent.
   * @param overrides - `phoneNumber`, `direction`, `status`, `outcome`, `duration` in seconds,
   *   `transcript`, `summary`, `customFields`. Default: a completed call of one minute.
   * @returns The call, as the API returns it.
   */
  async addCall(agentId: number, overrides: Readonly<Record<string, unknown>> = {}): Promise<SandboxObject> {
    return (this.#control('POST', '/calls', { ...overrides, agent_id: agentId }) as { data: SandboxObject }).data;
  }

  /**
   * Starts random faults: lost connections, truncated bodies, error statuses, delays. Some occur
   * before the request is processed and some after; `processed` in the journal reports which.
   *
   * @param rate - Share of requests with a fault, from 0 to 1. 0 stops random faults.
   * @param seed - Seed; the same seed repeats the same faults for the same requests.
   */
  async faults(rate: number, seed = 0): Promise<void> {
    this.#control('POST', '/faults', { rate, seed });
  }

  /** Restores the initial state. */
  async reset(): Promise<void> {
    this.#control('POST', '/reset');
  }

  /** Stops the sandbox and waits until it has stopped. */
  async close(): Promise<void> {
    const outcome = await start({ begin: (ticket) => this.#native.close(completions(), ticket) });
    if (outcome instanceof Failed) {
      throw errorFrom(outcome.report);
    }
  }

  /** Stops the sandbox at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs a control request without a socket, so that it works while a test blocks the network. */
  #control(method: string, path: string, json?: unknown): unknown {
    const body = json === undefined ? '' : JSON.stringify(json);
    const response = reported(() => this.#native.control(method, `/sandbox${path}?naming=camel_case`, body));
    return JSON.parse(response);
  }
}

/** A journal entry as the sandbox sends it. */
interface JsonEntry extends Omit<JournalEntry, 'requestId' | 'bodyText' | 'files'> {
  request_id: string;
  body_text: string | null;
  files: (Omit<NonNullable<JournalEntry['files']>[number], 'contentType'> & { content_type: string | null })[] | null;
}
