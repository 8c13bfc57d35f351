// Options of bulk operations: checks and encodes them together with the items.

import type { BulkChangeOptions, BulkProgress } from './bulk';
import { type BulkOperation, encodeDecisions, encodeItems, refusalOfDecisions } from './bulk-items';
import { encode } from './arguments';
import { callback } from './callbacks';
import { type Checks, count, flag } from './option-checks';
import { furtherOptions } from './options';
import { typeName } from './records';

/** A bulk operation, encoded. */
export interface EncodedBulk {
  /** IDs of the items, as they were passed. */
  readonly ids: readonly unknown[];
  /** Operation, items and options as JSON. */
  readonly settings: string;
  /** Options of each request as JSON; `null` if none is set. */
  readonly request: string | null;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: BulkProgress) => void) | undefined;
}

const READ: Checks = {
  maxConcurrency: count,
  onProgress: callback,
};

const CHANGE: Checks = {
  ...READ,
  dryRun: flag,
  journal: (value) =>
    (typeof value === 'string' && value !== '') || (value instanceof URL && value.protocol === 'file:')
      ? undefined
      : `expected a path or a file: URL, got ${value === '' ? 'an empty string' : typeName(value)}`,
  resolve: refusalOfDecisions,
};

/** Encodes a bulk operation. `shared` are the arguments that all items share. */
export function encodeBulk(
  operation: BulkOperation,
  shared: object,
  items: unknown,
  options: BulkChangeOptions | undefined,
): EncodedBulk {
  const { request, own, further } = furtherOptions(operation.name, options, operation.isChange ? CHANGE : READ);
  const { onProgress, journal, resolve, dryRun, maxConcurrency } = further;
  const { ids, text, arePositions } = encodeItems(operation, items);
  const path = journal instanceof URL ? process.getBuiltinModule('node:url').fileURLToPath(journal) : journal;
  const rest = JSON.stringify({
    operation: operation.name,
    itemOperation: operation.item,
    arePositions,
    maxConcurrency,
    dryRun,
    journal: path,
  });
  const decisions = resolve === undefined ? '' : `,"resolve":${encodeDecisions(resolve)}`;
  const settings = `${rest.slice(0, -1)},"shared":${encode(operation.name, shared)},"items":${text}${decisions}}`;
  return { ids, settings, request, signal: own.signal, onProgress };
}
