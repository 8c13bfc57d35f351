// Log records: passes them to the logger of the user, or prints them if a variable asks for it.

import type { LogSink } from './completion-queue';

/** A log record. */
export interface LogRecord {
  /** Severity. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Event, such as `request`. */
  readonly message: string;
  /** Details such as `method`, `path`, `status`, `elapsedMs`, `attempt` and `requestId`. */
  readonly [detail: string]: unknown;
}

/**
 * Receives log records. Each method gets a line and the record. `console` is a logger and prints
 * the line alone. An error that a logger throws becomes a process warning; requests continue.
 */
export interface Logger {
  /** Receives a record of each request. */
  debug?(message: string, record: LogRecord): void;
  /** Receives information. */
  info?(message: string, record: LogRecord): void;
  /** Receives warnings, such as a response that differs from the API reference. */
  warn?(message: string, record: LogRecord): void;
  /** Receives errors. */
  error?(message: string, record: LogRecord): void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Returns the sink of a client's records; `undefined` if nothing receives them. */
export function sinkFor(logger: Logger | undefined): LogSink | undefined {
  const receiver = logger ?? environmentLogger();
  return receiver && ((record): unknown => pass(receiver, record as LogRecord));
}

function pass(logger: Logger, record: LogRecord): unknown {
  if (logger === console) {
    // It would print the record after the line that contains everything.
    return console[record.level](line(record));
  }
  return logger[record.level]?.(line(record), record);
}

function line({ level: _, message, ...details }: LogRecord): string {
  const listed = Object.entries(details).map(([name, value]) => `${name}=${String(value)}`);
  return ['callfluent:', message, ...listed].join(' ');
}

/** Returns the logger that `NODE_DEBUG=callfluent` or `CALLFLUENT_LOG=debug` asks for. */
function environmentLogger(): Logger | undefined {
  const { debuglog } = process.getBuiltinModule('node:util');
  const debug = debuglog('callfluent');
  if (debug.enabled) {
    const print = (text: string): void => debug('%s', text);
    return { debug: print, info: print, warn: print, error: print };
  }
  const least = LEVELS.indexOf((process.env['CALLFLUENT_LOG'] ?? '').trim().toLowerCase() as (typeof LEVELS)[number]);
  if (least < 0) {
    return undefined;
  }
  const print = (text: string): void => void process.stderr.write(`${text}\n`);
  return Object.fromEntries(LEVELS.slice(least).map((level) => [level, print]));
}
