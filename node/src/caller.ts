// The one call that all methods of all resources go through, with what belongs to a client: its native half, its logger,
// and whether it was closed.

import { encode, invalid } from './arguments';
import { addSink, completions, dropSink, nextNumber, reported, start } from './completions';
import { at, CallFluentError, type Site } from './errors';
import { type FileInput, prepare, release } from './files';
import { sinkFor, type Logger } from './logging';
import { addon, type NativeClient } from './native';
import { callOptions, type ClientOptions, clientOptions, type RequestOptions, type SharedOptions, sharedOptions } from './options';

const { version } = require('../package.json') as { version: string };

const USER_AGENT = `callfluent-node/${version} (${process.platform}; node ${process.versions.node})`;

/** Forgets the loggers of clients that nobody holds any more. */
const forgotten = new FinalizationRegistry<number>(dropSink);

/** @internal */
export class Caller {
  readonly #native: NativeClient;
  readonly #logger: Logger | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(make: (logsOf: number | null) => NativeClient, logger: Logger | undefined) {
    const sink = sinkFor(logger);
    const number = sink === undefined ? null : nextNumber();
    this.#logger = logger;
    this.#native = make(number);
    if (sink !== undefined && number !== null) {
      addSink(number, sink);
      forgotten.register(this, number);
    }
  }

  /** Makes a caller from the options of a client. */
  static from(options: ClientOptions, site: Site): Caller {
    const text = clientOptions(options, USER_AGENT, site);
    return new Caller(
      (logsOf) => reported(site, () => new addon.NativeClient(completions, text, logsOf)),
      options.logger,
    );
  }

  /** A caller with other options that shares the connections. */
  with(options: SharedOptions, site: Site): Caller {
    const text = sharedOptions(options, site);
    return new Caller(
      (logsOf) => reported(site, () => this.#native.withOptions(text, logsOf)),
      options.logger ?? this.#logger,
    );
  }

  get baseUrl(): string {
    return this.#native.baseUrl;
  }

  drift(): unknown {
    return JSON.parse(this.#native.drift());
  }

  /** Calls an operation by its name. */
  async call<T>(
    operation: string,
    args: object,
    options: RequestOptions | undefined,
    site: Site,
    files?: readonly FileInput[],
  ): Promise<T> {
    this.#refuseIfClosed(site);
    const set = callOptions(operation, options, site);
    const text = encode(operation, args, site);
    if (files === undefined) {
      return this.#start(options, site, (ticket) => this.#native.start(ticket, operation, text, null, set));
    }
    const prepared = await prepare(operation, files, site);
    try {
      return await this.#start<T>(options, site, (ticket) => this.#native.start(ticket, operation, text, prepared, set));
    } finally {
      release(prepared);
    }
  }

  /** Sends a request that is in no catalogue. */
  async request<T>(
    method: string,
    path: string,
    json: unknown,
    query: Readonly<Record<string, unknown>>,
    options: RequestOptions | undefined,
    site: Site,
  ): Promise<T> {
    this.#refuseIfClosed(site);
    const set = callOptions('request', options, site);
    const body = json === undefined ? null : encode('request', { json }, site).slice('{"json":'.length, -1);
    const pairs = JSON.stringify(
      Object.entries(query)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => [name, String(value)]),
    );
    if (typeof method !== 'string' || typeof path !== 'string') {
      throw at(site, invalid('request', [{ field: 'path', reason: 'expected a method and a path, both as text' }]));
    }
    return this.#start(options, site, (ticket) => this.#native.request(ticket, method, path, body, pairs, set));
  }

  #start<T>(options: RequestOptions | undefined, site: Site, begin: (ticket: number) => void): Promise<T> {
    const call = start<T>(begin, options?.signal, site);
    this.#underWay.add(call);
    const over = (): void => void this.#underWay.delete(call);
    call.then(over, over);
    return call;
  }

  #refuseIfClosed(site: Site): void {
    if (this.#closed) {
      throw at(site, new CallFluentError('the client was closed; make another one'));
    }
  }

  /** Takes no more calls. */
  refuse(): void {
    this.#closed = true;
  }

  /** Takes no more calls and waits for those under way. */
  async close(): Promise<void> {
    this.refuse();
    await Promise.allSettled(this.#underWay);
  }
}
