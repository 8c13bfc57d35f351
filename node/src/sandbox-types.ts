// Settings, arguments and results of the sandbox.

import type { AgentCreateParams } from './generated/models';
import type { OperationArguments, OperationName } from './generated/operations';
import type { Id, IdInput } from './id';

/** Settings of a sandbox. */
export interface SandboxOptions {
  /** Port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** Starts with demo data. Default: one workspace without agents. */
  demo?: boolean;
  /** Seed of IDs, UUIDs and demo data. Default: 0. */
  seed?: number;
  /**
   * Start of the sandbox's clock, in seconds since 1970. Each request adds a second, which changes
   * timestamps but no call.
   */
  clock?: number;
  /** API key that requests must have. */
  apiKey?: string;
  /** Number of calls per page. Default: 20. */
  pageSize?: number;
  /**
   * Seconds by which each request for the first page of a call history moves the clock, as
   * `advance` does. Calls then end while code waits for them. Default: 0.
   */
  secondsPerPoll?: number;
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
  dropFields?: readonly (keyof AgentCreateParams)[];
  /**
   * File for the exchanges with the server `target`, to which requests are forwarded. Phone numbers
   * and secrets that are recognized are replaced. `apiKey` defaults to the environment variable
   * `CALLFLUENT_API_KEY`.
   */
  record?: string;
  /** Base URL of the server to record, such as `https://api.callfluent.ai/api`. */
  target?: string;
  /**
   * File of recorded exchanges. Equal requests get the recorded responses, and nothing is sent to
   * another server.
   */
  replay?: string;
}

/** A response for the next matching requests. */
export interface ScriptedResponse {
  /** Matches only this operation. */
  operation?: OperationName;
  /** Matches only requests whose path contains this string. */
  pathContains?: string;
  /** Number of matching requests that get the real response first. Default: 0. */
  after?: number;
  /**
   * Number of requests that get this response. Default: 1, or no limit with `probability` or
   * `forSeconds`.
   */
  times?: number;
  /** Share of matching requests that get this response, from 0 to 1. */
  probability?: number;
  /** Seed of the probability. Default: 0. */
  seed?: number;
  /**
   * Seconds of the sandbox's clock for which it applies. Each request advances the clock by one
   * second, and `advance` moves it.
   */
  forSeconds?: number;
  /** Delay of the `Retry-After` header in milliseconds, a multiple of 1,000. */
  retryAfter?: number;
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
  /**
   * Closes the connection instead of responding (`beforeResponse`), resets it (`reset`), or closes
   * it in the middle of the response body (`inBody`).
   */
  disconnect?: 'beforeResponse' | 'inBody' | 'reset';
}

/** A received request and the status of its response. */
export interface JournalEntry {
  /** The `x-request-id` header of the response. */
  requestId: string;
  /** The operation; null if no endpoint has the path and method. */
  operation: OperationName | null;
  /**
   * Path, query and body in the names of the client's methods. The documented wrapper is removed
   * and lists in strings are decoded.
   */
  arguments: Record<string, unknown>;
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
  /**
   * Reason of an error response of the sandbox, such as the fields that differ from the API
   * documentation.
   */
  error: string | null;
  /** True if the sandbox processed the request, regardless of the response. */
  processed: boolean;
  /** True if a scripted response or a random fault changed the response. */
  scripted: boolean;
}

/** The journal entry of a request of one operation. */
export interface OperationEntry<Operation extends OperationName> extends Omit<JournalEntry, 'operation' | 'arguments'> {
  operation: Operation;
  /**
   * Path, query and body in the names of the client's methods, with the types that the API
   * documents. The documented wrapper is removed and lists in strings are decoded.
   */
  arguments: OperationArguments[Operation];
}

/** An agent or a call: its ID, or an object with the ID, e.g. a result of the client. */
export type IdOrObject = IdInput | { readonly id: Id };

/** Fields of an added agent; `null` removes a field. */
export type AgentOverrides = { readonly [Name in keyof AgentCreateParams]?: AgentCreateParams[Name] | null };

/** Fields of an added call. */
export interface CallOverrides {
  /** Number of the other person. */
  readonly phoneNumber?: string;
  /** Default: that of the agent. */
  readonly direction?: 'outbound' | 'inbound';
  /** Default: `completed`. */
  readonly status?: 'ringing' | 'in-progress' | 'completed' | 'no-answer' | 'busy' | 'failed';
  /** Outcome of the call. */
  readonly outcome?: string;
  /** Seconds of the conversation, for a call that has ended. Default: 60 for completed calls. */
  readonly duration?: number;
  /** Transcript of the conversation. */
  readonly transcript?: string;
  /** Summary of the call. */
  readonly summary?: string;
  /** Values that the other person told during the call. */
  readonly customFields?: Readonly<Record<string, unknown>>;
}

/** Object of the sandbox, as the API returns it. */
export interface SandboxObject {
  id: number;
  [field: string]: unknown;
}

/** The future of calls, as a test decides it. */
export interface CallScript {
  /** Number of the other person. Default: all numbers; the caller's number for `receiveCall`. */
  phoneNumber?: string;
  /** The way in which a call ends. Default: `completed`. */
  outcome?: 'completed' | 'voicemail' | 'no_answer' | 'busy' | 'failed' | 'random';
  /** Seconds for which a call rings. Default: 5 for completed calls. */
  ringSeconds?: number;
  /** Seconds of the conversation. Default: 60 for completed calls. */
  duration?: number;
  /** Transcript of the conversation. Default: a short one. */
  transcript?: string;
  /** Summary of the call. */
  summary?: string;
  /** Values that the other person tells during the call. */
  customFields?: Readonly<Record<string, unknown>>;
  /** Seed of the outcome `random`. Default: 0. */
  seed?: number;
}

/** A request to a webhook and its result. */
export interface WebhookDelivery {
  callId: number;
  agentId: number;
  actionId: number;
  url: string;
  /** The sent JSON object. */
  body: Record<string, unknown>;
  /** Status of the response; null if there was no response. */
  status: number | null;
  /** Reason if there was no response, or if the request was not sent. */
  error: string | null;
}

/** A phone number of a workspace, as the API returns it. */
export interface SandboxNumber {
  readonly number: string;
  readonly sid: string;
  /** `twilio`, or `verified` for the number of a person. */
  readonly type: string;
}

/** A copy of the state of a sandbox. */
export interface SandboxSnapshot {
  readonly snapshot: number;
}
