// Arguments of bulk operations: reads the items and their IDs, and encodes them as one JSON text.
// All errors of all items are reported together.

import { encode, invalid } from './arguments';
import { InvalidRequestError, type FieldError } from './errors';
import { fields, INVALID, isPlain, isTagged, messageOf, typeName } from './records';

/** Description of a bulk operation, from the catalog. */
export interface BulkOperation {
  /** Name, such as `agents.get_many`. */
  readonly name: string;
  /** Operation of each item, such as `agents.get`. */
  readonly item: string;
  /** Name of the argument that holds the items, such as `agentIds`. */
  readonly items: string;
  /** True if it changes something, so that it takes a journal and a dry run. */
  readonly isChange: boolean;
  /** Form of the items: IDs, fields by ID, or fields by an ID of the user's own. */
  readonly form: 'ids' | 'byId' | 'byOwnId';
  /** A field of an item, for error messages. */
  readonly example: string;
}

/** Encoded items with their IDs as they were passed. */
export interface EncodedItems {
  readonly ids: readonly unknown[];
  /** Each item is a list of its ID and its fields. */
  readonly text: string;
  /** True if the IDs are positions in an array. */
  readonly arePositions: boolean;
}

/** Encodes the items of a bulk operation. */
export function encodeItems(operation: BulkOperation, items: unknown): EncodedItems {
  const errors: FieldError[] = [];
  try {
    const { entries, arePositions } = readEntries(operation, items);
    const ids: unknown[] = [];
    const texts: string[] = [];
    for (const [index, [id, given]] of entries.entries()) {
      const place = `${operation.items}[${operation.form === 'ids' ? index : labelOf(id)}]`;
      const encodedId = encodeId(id);
      if (encodedId === undefined) {
        errors.push({ field: place, reason: `expected an ID, an integer or a string, got ${shown(id)}` });
        continue;
      }
      ids.push(id);
      texts.push(`[${encodedId},${operation.form === 'ids' ? '{}' : encodeFields(operation, place, given, errors)}]`);
    }
    if (errors.length === 0) {
      return { ids, text: `[${texts.join(',')}]`, arePositions };
    }
  } catch (thrown) {
    // Iterating can run code of the user.
    throw thrown instanceof InvalidRequestError
      ? thrown
      : invalid(operation.name, [{ field: operation.items, reason: `cannot be read: ${messageOf(thrown)}` }]);
  }
  throw invalid(operation.name, errors);
}

/** Encodes decisions by ID as pairs. */
export function encodeDecisions(decisions: unknown): string {
  const entries = entriesById(decisions) ?? [];
  return `[${entries.map(([id, decision]) => `[${encodeId(id)},${JSON.stringify(decision)}]`).join(',')}]`;
}

/** Returns why decisions are invalid. */
export function refusalOfDecisions(decisions: unknown): string | undefined {
  const entries = entriesById(decisions);
  if (entries === undefined) {
    return `expected IDs with "done" or "repeat" in an object or a Map, got ${typeName(decisions)}`;
  }
  const wrong = entries.find(([id, decision]) => encodeId(id) === undefined || (decision !== 'done' && decision !== 'repeat'));
  return wrong && `expected "done" or "repeat" for ${labelOf(wrong[0])}, got ${shown(wrong[1])}`;
}

interface Entries {
  readonly entries: readonly (readonly [id: unknown, given: unknown])[];
  readonly arePositions: boolean;
}

function readEntries({ name, items, form }: BulkOperation, given: unknown): Entries {
  const isIterable = typeof given === 'object' && given !== null && Symbol.iterator in given && !isTagged(given, 'Map');
  if (form === 'ids' && isIterable) {
    return { entries: [...(given as Iterable<unknown>)].map((id) => [id, undefined] as const), arePositions: false };
  }
  if (form === 'byOwnId' && isIterable) {
    return { entries: [...(given as Iterable<unknown>)].map((record, index) => [index, record] as const), arePositions: true };
  }
  const entries = form === 'ids' ? undefined : entriesById(given);
  if (entries !== undefined) {
    return { entries, arePositions: false };
  }
  const expected = form === 'ids' ? 'IDs in an array' : 'fields by ID in an object or a Map';
  throw invalid(name, [{ field: items, reason: `expected ${expected}, got ${typeName(given)}` }]);
}

function entriesById(given: unknown): (readonly [unknown, unknown])[] | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return undefined;
  }
  if (isTagged(given, 'Map')) {
    return [...(given as Map<unknown, unknown>)];
  }
  return isPlain(given) && typeof (given as { then?: unknown }).then !== 'function' ? Object.entries(given) : undefined;
}

function encodeFields(operation: BulkOperation, place: string, given: unknown, errors: FieldError[]): string {
  const read = fields(place, operation.example, given);
  const error = (read as { [INVALID]?: FieldError })[INVALID];
  if (error !== undefined || given === undefined) {
    errors.push(error ?? { field: place, reason: `expected an object such as { ${operation.example}: ... }, got undefined` });
    return '{}';
  }
  try {
    return encode(operation.name, read);
  } catch (thrown) {
    for (const { field, reason } of (thrown as InvalidRequestError).fieldErrors) {
      errors.push({ field: field === 'arguments' ? place : `${place}.${field}`, reason });
    }
    return '{}';
  }
}

/** Encodes an ID as JSON; `undefined` if it is not one. */
function encodeId(id: unknown): string | undefined {
  switch (typeof id) {
    case 'string':
      return (id as string & { isWellFormed(): boolean }).isWellFormed() ? JSON.stringify(id) : undefined;
    case 'number':
      return Number.isSafeInteger(id) ? String(id) : undefined;
    case 'bigint':
      return Number.isSafeInteger(Number(id)) ? String(id) : `"${id}"`;
    default:
      return undefined;
  }
}

function labelOf(id: unknown): string {
  return ['string', 'number', 'bigint'].includes(typeof id) ? String(id) : '?';
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? JSON.stringify(value) : typeName(value);
}
