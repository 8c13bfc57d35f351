/// <reference lib="esnext.disposable" preserve="true" />
// The sandbox: a stateful local server that simulates the API, for tests and demos. It runs in this
// process, on its own thread.

import { CLIENT, encode, invalid, refuseInvalid } from './arguments';
import { CallFluent } from './client';
import { completions, Failed, reported, start } from './completion-queue';
import { errorFrom } from './errors';
import { loadNative, type NativeSandbox } from './native';
import { isTestRun, refuseOtherHosts } from './offline';
import { anything, checked, count, flag, readOptions } from './option-checks';
import type { ClientOptions } from './options';
import { fields, typeName } from './records';
import { fieldsWithId, idOf } from './sandbox-ids';
import { encodeSettings } from './sandbox-options';
import { scriptedResponse } from './scripted-response';
import type { OperationArguments, OperationName } from './generated/operations';
import type { IdInput } from './id';
import type {
  AgentOverrides, CallOverrides, CallScript, IdOrObject, JournalEntry, OperationEntry, SandboxNumber, SandboxObject,
  SandboxOptions, SandboxSnapshot, ScriptedResponse, WebhookDelivery,
} from './sandbox-types';

/** The sandboxes of snapshots, whose numbers are not unique. */
const owners = new WeakMap<SandboxSnapshot, Sandbox>();

/** A running sandbox. It stops when it is closed, and does not keep the process alive. */
export class Sandbox implements AsyncDisposable {
  readonly #native: NativeSandbox;

  private constructor(native: NativeSandbox) {
    this.#native = native;
  }

  /**
   * Sets offline mode under a test runner, unless the user decided. HTTP mocks do not see the
   * sockets of this package, so a client with a real key could start calls from a test.
   *
   * @internal
   */
  static protectTests(): void {
    if (!isTestRun()) {
      return;
    }
    if ((process.env['CALLFLUENT_OFFLINE'] ?? '').trim() === '') {
      process.env['CALLFLUENT_OFFLINE'] = '1';
    }
    refuseOtherHosts();
  }

  /**
   * Starts a sandbox. Under a test runner, it also calls `setOffline(true)` and sets
   * `CALLFLUENT_OFFLINE=1` in `process.env`, unless the variable is set.
   *
   * @param options - Settings of the sandbox.
   * @throws InvalidRequestError A setting is unknown or invalid.
   */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    Sandbox.protectTests();
    return new Sandbox(reported(() => new (loadNative().NativeSandbox)(encodeSettings(options))));
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
    const own = { apiKey: this.apiKey, baseUrl: this.baseUrl };
    const given = readOptions(CLIENT, options, '{ timeout: 10_000 }');
    const fixed = Object.keys(given).filter((name) => Object.hasOwn(own, name));
    if (fixed.length > 0) {
      const reason = 'is that of the sandbox; pass another one to new CallFluent';
      throw invalid(CLIENT, fixed.map((field) => ({ field, reason })));
    }
    return new CallFluent({ ...given, ...own });
  }

  /**
   * Queues a response for the next matching requests.
   *
   * @param response - The response, and the requests that it matches.
   * @throws An error if a field is unknown or invalid, or if the response changes nothing; it
   *   suggests names, also of operations.
   */
  async respond(response: ScriptedResponse): Promise<void> {
    this.#control('POST', '/respond', scriptedResponse(response));
  }

  /** Removes all queued responses. */
  async clearResponses(): Promise<void> {
    this.#control('DELETE', '/respond');
  }

  /** Returns the received requests with the status of their responses, oldest first. */
  async journal(): Promise<JournalEntry[]> {
    const { entries } = this.#control('GET', '/journal') as { entries: JsonEntry[] };
    return entries.map(journalEntry);
  }

  /**
   * Returns the requests of one operation, oldest first, with typed arguments.
   *
   * @param operation - Name of the operation.
   * @throws An error if the operation is unknown; it suggests names.
   * @example
   * ```ts
   * const [request] = await sandbox.requests('agents.create');
   * console.log(request?.arguments.name, request?.status);
   * ```
   */
  async requests<Operation extends OperationName>(operation: Operation): Promise<OperationEntry<Operation>[]> {
    const { entries } = this.#control('POST', '/assert-requested', { operation }) as { entries: JsonEntry[] };
    return entries.map(journalEntry) as OperationEntry<Operation>[];
  }

  /** Removes all journal entries. */
  async clearJournal(): Promise<void> {
    this.#control('DELETE', '/journal');
  }

  /**
   * Asserts that requests of an operation with these arguments were received. A request may have
   * other arguments. A nested value must be equal. Requests that failed count, too. The names of
   * custom fields must be exact; `customFields` has those with the name of another argument.
   *
   * @param operation - Name of the operation.
   * @param expected - Arguments that the request must have, in the names of the client's methods.
   * @param options - `times`: exact number of matching requests. Default: at least one.
   * @returns The journal entries of the matching requests, oldest first.
   * @throws An `AssertionError` with the differences to the nearest request; another error if the
   *   operation is unknown.
   */
  async assertRequested<Operation extends OperationName>(
    operation: Operation,
    expected?: Readonly<Partial<OperationArguments[Operation]>>,
    options: { times?: number } = {},
  ): Promise<OperationEntry<Operation>[]> {
    const { times } = checked('sandbox.assertRequested', options, { times: count }, '{ times: 1 }');
    const args = fields('expected', 'name', expected);
    refuseInvalid('sandbox.assertRequested', args);
    const result = this.#control('POST', '/assert-requested', { operation, arguments: args, times });
    const { entries, difference } = result as { entries: JsonEntry[]; difference: string | null };
    if (difference !== null) {
      const { AssertionError } = process.getBuiltinModule('node:assert');
      throw new AssertionError({ message: difference });
    }
    return entries.map(journalEntry) as OperationEntry<Operation>[];
  }

  /** Copies the whole state: account, clock, journal, scripted responses, faults and replay. */
  async snapshot(): Promise<SandboxSnapshot> {
    const { snapshot: number } = this.#control('POST', '/snapshot') as SandboxSnapshot;
    const snapshot = { snapshot: number };
    owners.set(snapshot, this);
    return snapshot;
  }

  /**
   * Returns to a copied state.
   *
   * @param snapshot - The copy, from this sandbox.
   * @throws An error if the argument is not a copy, or is one of another sandbox.
   */
  async restore(snapshot: SandboxSnapshot): Promise<void> {
    const value: unknown = snapshot;
    if (typeof value !== 'object' || value === null || typeof snapshot.snapshot !== 'number') {
      const reason = `expected a snapshot, got ${typeName(value)}`;
      throw invalid('sandbox.restore', [{ field: 'snapshot', reason }]);
    }
    if ((owners.get(snapshot) ?? this) !== this) {
      throw invalid('sandbox.restore', [{ field: 'snapshot', reason: 'it is from another sandbox' }]);
    }
    this.#control('POST', '/restore', { snapshot: snapshot.snapshot });
  }

  /**
   * Adds a phone number to a workspace without a request. An agent can have only a number of its
   * workspace.
   *
   * @param phoneNumber - The number in E.164 format. Default: a fictitious one.
   * @param options - `workspaceId`: ID of the workspace. Default: 1. `verified`: true for the
   *   number of a person, which the list of numbers for inbound agents omits. Default: false.
   * @returns The number, as the API returns it.
   * @throws An error if the workspace is unknown or has the number, or if the number is invalid.
   */
  async addPhoneNumber(
    phoneNumber?: string,
    options: { workspaceId?: IdInput; verified?: boolean } = {},
  ): Promise<SandboxNumber> {
    const checks = { workspaceId: anything, verified: flag };
    const { workspaceId = 1, verified } = checked('sandbox.addPhoneNumber', options, checks, '{ verified: true }');
    const number = { phoneNumber, workspaceId: idOf('workspaceId', workspaceId), verified };
    return (this.#control('POST', '/phone-numbers', number) as { data: SandboxNumber }).data;
  }

  /**
   * Adds an agent without a request.
   *
   * @param overrides - Fields of the agent. Default: an inbound agent of workspace 1. An outbound
   *   agent without a `phoneNumber` gets an unused one, which is added if all are in use. `null`
   *   removes a field.
   * @returns The agent, as the API returns it.
   * @throws An error if a field is unknown or invalid; it suggests names.
   */
  async addAgent(overrides: AgentOverrides = {}): Promise<SandboxObject> {
    return this.#object('/agents', fields('overrides', 'name', overrides));
  }

  /**
   * Adds a call without a request. It is the newest call of its agent, so it shifts the pages of a
   * list in progress.
   *
   * @param agent - The agent or its ID.
   * @param overrides - `phoneNumber`, `direction`, `status`, `outcome`, `duration` in seconds,
   *   `transcript`, `summary`, `customFields`. Default: a completed call of one minute.
   * @returns The call, as the API returns it.
   * @throws An error if the agent or a field is unknown, or if a value is invalid.
   */
  async addCall(agent: IdOrObject, overrides: CallOverrides = {}): Promise<SandboxObject> {
    return this.#object('/calls', fieldsWithId('sandbox.addCall', 'agent', agent, overrides));
  }

  /** Returns the time of the sandbox's clock, in seconds since 1970. */
  async now(): Promise<number> {
    return (this.#control('GET', '/clock') as { now: number }).now;
  }

  /**
   * Moves the clock. Calls ring, are in progress, and end. After an ended conversation, the agent's
   * webhook actions send a request to their URLs on this machine. The promise resolves when these
   * requests have a response.
   *
   * @param seconds - Seconds by which the clock moves.
   * @returns The new time in seconds since 1970.
   */
  async advance(seconds: number): Promise<number> {
    const { now } = this.#control('POST', '/clock', { advance: seconds }) as { now: number };
    await this.#webhooksSent();
    return now;
  }

  /**
   * Decides the future of later calls. The latest script for a number takes precedence.
   *
   * @param script - The script.
   */
  async scriptCall(script: CallScript): Promise<void> {
    this.#control('POST', '/call-scripts', fields('script', 'outcome', script));
  }

  /**
   * Starts an inbound call of an agent, which rings.
   *
   * @param agent - The inbound agent or its ID.
   * @param script - The future of the call.
   * @returns The call, as the API returns it.
   */
  async receiveCall(agent: IdOrObject, script: CallScript = {}): Promise<SandboxObject> {
    return this.#object('/receive-call', fieldsWithId('sandbox.receiveCall', 'agent', agent, script));
  }

  /**
   * Moves the clock to the end of a call. Other calls progress, too. Waits for webhooks like
   * `advance`.
   *
   * @param call - The call or its ID.
   * @param script - Changes the future of this call.
   * @returns The call, as the API returns it.
   */
  async finish(call: IdOrObject, script: CallScript = {}): Promise<SandboxObject> {
    const ended = this.#object('/finish', fieldsWithId('sandbox.finish', 'call', call, script));
    await this.#webhooksSent();
    return ended;
  }

  /** Returns the requests to webhooks, oldest first. Waits for requests in flight. */
  async webhooks(): Promise<WebhookDelivery[]> {
    await this.#webhooksSent();
    const { data } = this.#control('GET', '/webhooks') as { data: JsonDelivery[] };
    return data.map(({ call_id: callId, agent_id: agentId, action_id: actionId, ...rest }) => ({
      callId, agentId, actionId, ...rest,
    }));
  }

  /**
   * Changes the maximum numbers of agents and workspaces of the account.
   *
   * @param limits - The new limits. Default: the current ones.
   */
  async setLimits(limits: { agents?: number; workspaces?: number }): Promise<void> {
    this.#control('POST', '/limits', fields('limits', 'agents', limits));
  }

  /**
   * Gives or takes the permission of the API key for a workspace. Without it, requests for the
   * workspace, its agents and their calls get the documented 403 response.
   *
   * @param workspaceId - ID of the workspace.
   * @param allowed - True gives the permission.
   */
  async setPermission(workspaceId: IdInput, allowed: boolean): Promise<void> {
    this.#control('POST', '/permissions', { workspaceId: idOf('workspaceId', workspaceId), allowed });
  }

  /**
   * Revokes the API key, or accepts it again. With a revoked key, requests get status 401.
   *
   * @param revoked - False accepts the key again. Default: true.
   */
  async setKeyRevoked(revoked = true): Promise<void> {
    this.#control('POST', '/api-key', { revoked });
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
    await ended((ticket) => this.#native.close(completions(), ticket));
  }

  /** Stops the sandbox at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #webhooksSent(): Promise<void> {
    return ended((ticket) => this.#native.waitForWebhooks(completions(), ticket));
  }

  #object(path: string, fields: object): SandboxObject {
    return (this.#control('POST', path, fields) as { data: SandboxObject }).data;
  }

  /** Runs a control request without a socket, so that it works while a test blocks the network. */
  #control(method: string, path: string, json?: object): unknown {
    const body = json === undefined ? '' : encode('sandbox', json);
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

interface JsonDelivery extends Omit<WebhookDelivery, 'callId' | 'agentId' | 'actionId'> {
  call_id: number;
  agent_id: number;
  action_id: number;
}

function journalEntry({ request_id: requestId, body_text: bodyText, files, ...rest }: JsonEntry): JournalEntry {
  return {
    requestId,
    ...rest,
    bodyText,
    files: files && files.map(({ content_type: contentType, ...file }) => ({ ...file, contentType })),
  };
}

/** Runs a task of the addon and waits for its end. */
async function ended(begin: (ticket: number) => void): Promise<void> {
  const outcome = await start({ begin });
  if (outcome instanceof Failed) {
    throw errorFrom(outcome.report);
  }
}
