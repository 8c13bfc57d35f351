/// <reference lib="esnext.disposable" preserve="true" />
// The sandbox: a local fake of the API with a memory, for tests and demos. It runs in this process, on a thread of its own.

import { CallFluent } from './client';
import { completions, Failed, reported, start } from './completion-queue';
import { errorFrom } from './errors';
import { loadNative, type NativeSandbox } from './native';
import type { ClientOptions } from './options';

/** What a sandbox starts with. */
export interface SandboxOptions {
  /** The port on 127.0.0.1. By default a free one. */
  port?: number;
  /** Whether to begin with two workspaces, six agents and sixty calls. By default one workspace and nothing else. */
  demo?: boolean;
  /** Where ids begin, and what UUIDs and demo data are made from. */
  seed?: number;
  /** When the sandbox's time begins, in seconds since 1970. */
  clock?: number;
  /** The key that requests must carry. */
  apiKey?: string;
  /** How many calls a page has. By default 20. */
  pageSize?: number;
  /** How many agents the account may have. By default 100. */
  agentLimit?: number;
  /** How many workspaces the account may have. By default 5. */
  workspaceLimit?: number;
  /** How many entries the journal keeps. By default 10,000. */
  journalLimit?: number;
  /**
   * Whether answers about agents and actions also have fields that are not documented but likely, such as `created_at`,
   * `custom_fields` and `actions`.
   */
  likelyFields?: boolean;
  /** Fields that updates of agents silently leave as they are. */
  dropFields?: readonly string[];
}

/** An answer to put into the sandbox's mouth. */
export interface ScriptedResponse {
  /** Only for this operation, such as `agents.create`. */
  operation?: string;
  /** Only for requests whose path contains this text. */
  pathContains?: string;
  /** For how many requests. By default one. */
  times?: number;
  /** The status; without it the real answer is given. */
  status?: number;
  /** Headers to add. */
  headers?: Readonly<Record<string, string>>;
  /** The body, as JSON. */
  body?: unknown;
  /** The body, as it is. */
  bodyText?: string;
  /** How long to wait before answering, in milliseconds. */
  delay?: number;
  /** Whether to carry the request out before answering, as a server does whose answer gets lost. */
  processFirst?: boolean;
  /** Closes the connection instead of the answer (`before_response`) or in the middle of it (`in_body`). */
  disconnect?: 'before_response' | 'in_body';
}

/** A running sandbox. It ends when it is closed, or with the process; it does not keep the process alive. */
export class Sandbox implements AsyncDisposable {
  readonly #native: NativeSandbox;

  private constructor(native: NativeSandbox) {
    this.#native = native;
  }

  /**
   * Starts a sandbox.
   *
   * @param options - What it starts with.
   */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    return new Sandbox(reported(() => new (loadNative().NativeSandbox)(JSON.stringify(options))));
  }

  /** The URL that clients take. */
  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  /** The URL below which the sandbox is told what to do. */
  get controlUrl(): string {
    return this.#native.controlUrl;
  }

  /** The key that requests must carry. */
  get apiKey(): string {
    return this.#native.apiKey;
  }

  /**
   * A client of this sandbox.
   *
   * @param options - Further options of the client.
   */
  client(options: Omit<ClientOptions, 'apiKey' | 'baseUrl'> = {}): CallFluent {
    return new CallFluent({ ...options, apiKey: this.apiKey, baseUrl: this.baseUrl });
  }

  /**
   * Queues an answer for the next requests that match it.
   *
   * @param answer - The answer, and which requests get it.
   */
  async respond({ pathContains, bodyText, delay, processFirst, ...rest }: ScriptedResponse): Promise<void> {
    await this.#control('POST', '/respond', {
      ...rest,
      path_contains: pathContains,
      body_text: bodyText,
      delay_ms: delay,
      process_first: processFirst,
    });
  }

  /** What was received and answered since the start, oldest first. */
  async journal(): Promise<Record<string, unknown>[]> {
    const answer = await this.#control('GET', '/journal');
    return (Array.isArray(answer) ? answer : (answer as { entries: unknown }).entries) as Record<string, unknown>[];
  }

  /**
   * From now on, strikes a share of all requests with random faults: connections that close without an answer or in the
   * middle of it, 429, 500, 503 and 504, answers that come late. Some strike before the request is carried out and some
   * after; the journal tells which.
   *
   * @param rate - The share, from 0 to 1; 0 ends them.
   * @param seed - Repeats the same faults.
   */
  async faults(rate: number, seed = 0): Promise<void> {
    await this.#control('POST', '/faults', { rate, seed });
  }

  /** Puts everything back to how it was at the start. */
  async reset(): Promise<void> {
    await this.#control('POST', '/reset');
  }

  /** Ends the sandbox and waits until it is gone. */
  async close(): Promise<void> {
    const outcome = await start((ticket) => this.#native.close(completions(), ticket));
    if (outcome instanceof Failed) {
      throw errorFrom(outcome.report);
    }
  }

  /** Ends the sandbox at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #control(method: string, path: string, json?: unknown): Promise<unknown> {
    const body = json === undefined ? null : JSON.stringify(json);
    const response = await fetch(this.controlUrl + path, { method, body });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`the sandbox refuses: ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}
