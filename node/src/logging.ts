// Where log records go: to the user's logger, or to standard error where an environment variable asks for it.

import type { LogSink } from './completion-queue';

/** A record: what was done, with its particulars beside it. */
export interface LogRecord {
  /** How much it matters. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What happened, such as `request`. */
  readonly message: string;
  /** Particulars such as `method`, `path`, `status`, `elapsedMs`, `attempt` and `requestId`. */
  readonly [particular: string]: unknown;
}

/** Takes log records; each method gets a sentence and the record. `console` is one, and prints the sentence alone. */
export interface Logger {
  /** Takes records of each request. */
  debug?(message: string, record: LogRecord): void;
  /** Takes records of what is worth knowing. */
  info?(message: string, record: LogRecord): void;
  /** Takes records of what may become a problem, such as an answer that differs from the documentation. */
  warn?(message: string, record: LogRecord): void;
  /** Takes records of what went wrong. */
  error?(message: string, record: LogRecord): void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Where a client's records go; `undefined` where nobody wants them. */
export function sinkFor(logger: Logger | undefined): LogSink | undefined {
  const taker = logger ?? environmentLogger();
  return taker && ((record): void => pass(taker, record as LogRecord));
}

function pass(logger: Logger, record: LogRecord): void {
  if (logger === console) {
    // It would print the record after the sentence that says it all.
    console[record.level](sentence(record));
  } else {
    logger[record.level]?.(sentence(record), record);
  }
}

/** A record in one line. */
function sentence({ level: _, message, ...particulars }: LogRecord): string {
  const listed = Object.entries(particulars).map(([name, value]) => `${name}=${String(value)}`);
  return ['callfluent:', message, ...listed].join(' ');
}

/** The logger that `NODE_DEBUG=callfluent` or `CALLFLUENT_LOG=debug` (info, warn, error) asks for. */
function environmentLogger(): Logger | undefined {
  // Loaded for the first client: it takes a tenth of the time that the package's import takes.
  const { debuglog } = process.getBuiltinModule('node:util');
  const debug = debuglog('callfluent');
  if (debug.enabled) {
    const print = (line: string): void => debug('%s', line);
    return { debug: print, info: print, warn: print, error: print };
  }
  const least = LEVELS.indexOf((process.env['CALLFLUENT_LOG'] ?? '').trim().toLowerCase() as (typeof LEVELS)[number]);
  if (least < 0) {
    return undefined;
  }
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  return Object.fromEntries(LEVELS.slice(least).map((level) => [level, print]));
}
