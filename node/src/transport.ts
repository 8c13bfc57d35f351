// The one call that all methods of all resources go through, with what belongs to a client: its native half, its logger,
// and whether it was closed. A client that is closed and whose calls have ended holds nothing any more.

import { encode, HALF_A_CHARACTER, invalid, isWellFormed } from './arguments';
import { addSink, completions, dropSink, fail, Failed, nextNumber, reported, start } from './completion-queue';
import { contentOf, type RequestContent } from './request-content';
import { CallFluentError, errorFrom, outside, type Site } from './errors';
import { type FileInput, prepare, release } from './files';
import { sinkFor, type Logger } from './logging';
import { loadNative, type NativeClient } from './native';
import { VERSION } from './version';
import { callOptions, type ClientOptions, clientOptions, type RequestOptions, type SharedOptions, sharedOptions } from './options';

/** Forgets the loggers of clients that nobody holds any more and nobody closed. */
const forgotten = new FinalizationRegistry<number>(dropSink);

const now = Promise.resolve();

/** With so many calls at hand the runtime begins to send them, while others are being made: with a quarter of all, and not with a few. */
const ENOUGH = 8;
const SHARE = 4;

function userAgent(): string {
  return `callfluent-node/${VERSION} (${process.platform}; node ${process.versions.node})`;
}

/** @internal */
export class Transport {
  /** The native half, until the client is closed and its last call has ended; and what is told of it after that. */
  #native: NativeClient | undefined;
  #was = { baseUrl: '', drift: '[]' };
  readonly #logger: Logger | undefined;
  /** The number under which its log records come, where somebody wants them. */
  readonly #logsOf: number | null;
  /** Calls that were made and not handed over yet, a line of JSON text each, and how many. */
  #made = '';
  #count = 0;
  readonly #handOver = (): void => this.#start();
  /** How many calls are under way, and who waits until there is none. */
  #underWay = 0;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(make: (logsOf: number | null) => NativeClient, logger: Logger | undefined) {
    const sink = sinkFor(logger);
    this.#logsOf = sink === undefined ? null : nextNumber();
    this.#logger = logger;
    this.#native = make(this.#logsOf);
    if (sink !== undefined && this.#logsOf !== null) {
      addSink(this.#logsOf, sink);
      forgotten.register(this, this.#logsOf, this);
    }
  }

  /** Whether a value is a transport, without a look at anything that is its own. */
  static is(value: unknown): value is Transport {
    return typeof value === 'object' && value !== null && #made in value;
  }

  /** Makes a transport from the options of a client. */
  static from(options: ClientOptions): Transport {
    const text = clientOptions(options, userAgent());
    return new Transport(
      (logsOf) => reported(() => new (loadNative().NativeClient)(completions(), text, logsOf)),
      options.logger,
    );
  }

  /** A transport with other options that shares the connections. */
  with(options: SharedOptions): Transport {
    this.#refuseIfClosed();
    const text = sharedOptions(options);
    return new Transport(
      (logsOf) => reported(() => this.#open().withOptions(text, logsOf)),
      options.logger ?? this.#logger,
    );
  }

  get baseUrl(): string {
    return (this.#native ?? this.#was).baseUrl;
  }

  drift(): unknown {
    return JSON.parse(this.#native?.drift() ?? this.#was.drift);
  }

  /**
   * Calls an operation by its name.
   *
   * @param site - Where it was called, where that cannot be found later.
   */
  call<T>(operation: string, args: object, options: RequestOptions | undefined, site?: Site): Promise<T> {
    try {
      this.#refuseIfClosed();
      const set = callOptions(operation, options);
      const text = encode(operation, args);
      const begin = (ticket: number): void => this.#make(`[${ticket},${JSON.stringify(operation)},${text},${set}]`);
      return this.#outcome(start<T>(begin, options?.signal), site);
    } catch (thrown) {
      // Where the place is known, the error's own stack may be too short to reach the caller's code.
      return Promise.reject(site !== undefined && thrown instanceof CallFluentError ? outside(thrown, site) : thrown);
    }
  }

  /** Calls an operation that takes files. */
  async upload<T>(
    operation: string,
    args: object,
    files: readonly FileInput[],
    options: RequestOptions | undefined,
    site?: Site,
  ): Promise<T> {
    this.#refuseIfClosed();
    const set = callOptions(operation, options);
    const text = encode(operation, args);
    // The client is not closed under a call whose files are still being looked at.
    this.#underWay += 1;
    try {
      const prepared = await prepare(operation, files);
      try {
        const begin = (ticket: number): void =>
          handOver(operation, () => this.#open().upload(ticket, operation, text, prepared, set));
        return await this.#outcome(start<T>(begin, options?.signal), site);
      } finally {
        release(prepared);
      }
    } finally {
      this.#ended();
    }
  }

  /** Sends a request that is in no catalogue. */
  async request<T>(
    method: string,
    path: string,
    content: RequestContent,
    options: RequestOptions | undefined,
    site?: Site,
  ): Promise<T> {
    this.#refuseIfClosed();
    const set = callOptions('request', options);
    const [body, query] = contentOf(content);
    if (typeof method !== 'string' || typeof path !== 'string') {
      throw invalid('request', [{ field: 'path', reason: 'expected a method and a path, both as text' }]);
    }
    if (!isWellFormed(path)) {
      throw invalid('request', [{ field: 'path', reason: HALF_A_CHARACTER }]);
    }
    const begin = (ticket: number): void =>
      handOver('request', () => this.#open().request(ticket, method, path, body, query, set));
    return await this.#outcome(start<T>(begin, options?.signal), site);
  }

  /** Hands a call over together with those that are made after it in the same turn, but not with too many of them. */
  #make(call: string): void {
    if (this.#made === '') {
      void now.then(this.#handOver);
      this.#made = call;
    } else {
      this.#made += `\n${call}`;
    }
    this.#count += 1;
    if (this.#count >= ENOUGH && this.#count >= this.#underWay / SHARE) {
      this.#start();
    }
  }

  #start(): void {
    const calls = this.#made;
    if (calls === '') {
      return;
    }
    this.#made = '';
    this.#count = 0;
    try {
      this.#open().start(calls);
    } catch (thrown) {
      for (const call of calls.split('\n')) {
        // After the bracket comes the ticket.
        fail(Number.parseInt(call.slice(1), 10), { name: 'CallFluentError', message: String(thrown) });
      }
    }
  }

  async #outcome<T>(call: Promise<T | Failed>, site: Site | undefined): Promise<T> {
    this.#underWay += 1;
    try {
      const outcome = await call;
      if (outcome instanceof Failed) {
        throw errorFrom(outcome.report, site);
      }
      return outcome;
    } finally {
      this.#ended();
    }
  }

  /** One call fewer is under way. */
  #ended(): void {
    this.#underWay -= 1;
    this.#letGoIfOver();
    if (this.#underWay === 0) {
      this.#waiting.splice(0).forEach((tell) => tell());
    }
  }

  #open(): NativeClient {
    if (this.#native === undefined) {
      throw closed();
    }
    return this.#native;
  }

  #refuseIfClosed(): void {
    if (this.#closed) {
      throw closed();
    }
  }

  /** Lets go of connections and all else at once: the garbage collector does not know how much it is. */
  #letGoIfOver(): void {
    const native = this.#native;
    if (!this.#closed || this.#underWay > 0 || native === undefined) {
      return;
    }
    this.#was = { baseUrl: native.baseUrl, drift: native.drift() };
    this.#native = undefined;
    native.close();
    if (this.#logsOf !== null) {
      dropSink(this.#logsOf);
      forgotten.unregister(this);
    }
  }

  /** Takes no more calls. */
  refuse(): void {
    this.#closed = true;
    this.#letGoIfOver();
  }

  /** Takes no more calls and waits for those under way. */
  async close(): Promise<void> {
    this.refuse();
    if (this.#underWay > 0) {
      await new Promise<void>((tell) => this.#waiting.push(tell));
    }
  }
}

function closed(): CallFluentError {
  return outside(new CallFluentError('the client was closed; make another one'));
}

/** Hands a call to the addon; text that it cannot read, such as half of a surrogate pair, is the caller's mistake. */
function handOver(operation: string, hand: () => void): void {
  try {
    hand();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw invalid(operation, [{ field: 'arguments', reason: `cannot be sent: ${reason}` }]);
  }
}
