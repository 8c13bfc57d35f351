// Lists of records as columns: typed arrays in the memory layout of Apache Arrow, with the types
// that Python and Rust use. `arrow-table.ts` hands them to the user's own `apache-arrow`.

import { invalid } from './arguments';
import { CallFluentError, InvalidRequestError } from './errors';
import { loadNative, type NativeColumn, type NativeTable } from './native';
import { anything, checked, type Checks, text } from './option-checks';
import { holdsFields, messageOf, typeName } from './records';

/**
 * Type of a column. A `timestamp` is microseconds since 1970 in UTC; `json` is any value as JSON
 * text.
 */
export type ColumnType = 'int64' | 'float64' | 'boolean' | 'string' | 'timestamp' | 'json';

/** Properties of all columns. */
interface ColumnBase {
  /** Number of values, nulls included. */
  readonly length: number;
  /** Number of nulls. */
  readonly nullCount: number;
  /** One bit for each value, the lowest of a byte first: 1 if the value is not null. */
  readonly validity: Uint8Array;
}

/** Column of integers, or of microseconds since 1970 in UTC. A null is 0. */
export interface IntegerColumn extends ColumnBase {
  readonly type: 'int64' | 'timestamp';
  readonly values: BigInt64Array;
}

/** Column of numbers. A null is 0. */
export interface NumberColumn extends ColumnBase {
  readonly type: 'float64';
  readonly values: Float64Array;
}

/** Column of booleans: one bit for each, the lowest of a byte first. */
export interface BooleanColumn extends ColumnBase {
  readonly type: 'boolean';
  readonly values: Uint8Array;
}

/** Column of strings in UTF-8. String `n` is from `offsets[n]` to `offsets[n + 1]`. */
export interface StringColumn extends ColumnBase {
  readonly type: 'string' | 'json';
  readonly values: Uint8Array;
  readonly offsets: Int32Array;
}

/** A column of a table. */
export type Column = IntegerColumn | NumberColumn | BooleanColumn | StringColumn;

/** Columns by name, in their order. `extra` is last: a JSON object of what has no column. */
export type Columns = Readonly<Record<string, Column>>;

/** Options of a table. */
export interface TableOptions {
  /**
   * Types of columns by name. If given, undocumented fields without a type go to `extra`. Default:
   * the columns are found in the first records.
   */
  columns?: Readonly<Record<string, ColumnType>> | undefined;
}

/** Options of a table of records that were read before. */
export interface RecordsOptions extends TableOptions {
  /** Name of their type, e.g. `Agent`, for the types of documented fields. Default: none. */
  type?: string | undefined;
}

/** The column of values without a column of their own. */
const EXTRA = 'extra';
/** The columns have a check of their own, which names the column. */
const TABLE: Checks = { columns: anything };
const RECORDS: Checks = { ...TABLE, type: text };
const EXAMPLE = "{ columns: { duration: 'float64' } }";
const TYPES: readonly string[] = ['int64', 'float64', 'boolean', 'string', 'timestamp', 'json'];

/** Starts a table of records of a type. */
export function startTable(type: string | undefined, options: TableOptions | undefined): NativeTable {
  const columns = columnsOf(options);
  try {
    return new (loadNative().NativeTable)(type, columns);
  } catch (thrown) {
    throw refused('type', messageOf(thrown));
  }
}

/** Returns a function that reads the next calls of a JSONL file as columns; none at the end. */
export function columnsOfLines(path: string, columns: TableOptions['columns']): () => Columns {
  const given = columnsOf({ columns });
  const read = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new CallFluentError(`calls.export: ${messageOf(cause)}`, { cause });
    }
  };
  const lines = read(() => new (loadNative().NativeLines)(path, given));
  return () => toColumnsByName(read(() => lines.next()));
}

/**
 * Checks types of columns that are used later.
 *
 * @throws {@link InvalidRequestError} A type is unknown.
 */
export function checkColumns(columns: TableOptions['columns']): void {
  columnsOf({ columns });
}

/** Returns the columns of a table. */
export function finishTable(table: NativeTable): Columns {
  let columns: NativeColumn[];
  try {
    columns = table.finish();
  } catch (thrown) {
    throw failed(thrown);
  }
  return toColumnsByName(columns);
}

function toColumnsByName(columns: readonly NativeColumn[]): Columns {
  return Object.fromEntries(columns.map((column) => [column.name, toColumn(column)]));
}

/**
 * Converts records that were read before to columns. Documented fields have the types of the API
 * reference if `type` names their type; the columns of other fields are found in the records.
 * Values that do not fit their column are in the column `extra`, as JSON.
 *
 * @param records - Records, e.g. the files of an agent.
 * @param options - Type of the records, and types of columns.
 * @returns The columns by name.
 * @throws {@link InvalidRequestError} A column has an unknown type, or a record is not an object.
 * @example
 * ```ts
 * const { files } = await client.agents.get(1001);
 * const { id } = toColumns(files, { type: 'KnowledgeFile' });
 * console.log(id?.length);
 * ```
 */
export function toColumns(records: Iterable<object>, options?: RecordsOptions): Columns {
  const { type, columns } = checked<RecordsOptions>('table', options ?? {}, RECORDS, EXAMPLE);
  return columnsOfRecords(records, type, { columns });
}

/** Converts records of a type to columns. */
export function columnsOfRecords(records: Iterable<object>, type: string | undefined, options: TableOptions | undefined): Columns {
  const table = startTable(type, options);
  try {
    const lines: string[] = [];
    for (const record of records) {
      if (!holdsFields(record) && typeof (record as { toJSON?: unknown } | null)?.toJSON !== 'function') {
        throw refused('records', `expected objects, got ${typeName(record)}`);
      }
      lines.push(JSON.stringify(record));
    }
    table.push(lines.join('\n'));
  } catch (thrown) {
    throw failed(thrown);
  }
  return finishTable(table);
}

/**
 * Returns the values of a column as JavaScript values: integers as numbers if they are exact and
 * as `bigint` otherwise, timestamps as `Date`, JSON as its text.
 *
 * @param column - Column of a table.
 * @returns One value for each row; `null` for a null.
 * @example
 * ```ts
 * const columns = await client.calls.list(1002).toColumns();
 * for (const [name, column] of Object.entries(columns)) console.log(name, toValues(column)[0]);
 * ```
 */
export function toValues(column: Column): (number | bigint | boolean | string | Date | null)[] {
  const decoder = new TextDecoder();
  const bit = (bits: Uint8Array, index: number): boolean => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  return Array.from({ length: column.length }, (_, index) => {
    if (!bit(column.validity, index)) {
      return null;
    }
    switch (column.type) {
      case 'int64': {
        const value = column.values[index] ?? 0n;
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      }
      case 'timestamp':
        return new Date(Number(column.values[index]) / 1_000);
      case 'float64':
        return column.values[index] ?? null;
      case 'boolean':
        return bit(column.values, index);
      default:
        return decoder.decode(column.values.subarray(column.offsets[index], column.offsets[index + 1]));
    }
  });
}

function toColumn(native: NativeColumn): Column {
  const { type, length, nullCount, validity, integers, numbers, bytes, offsets } = native;
  return { type, length, nullCount, validity, values: integers ?? numbers ?? bytes, ...(offsets && { offsets }) } as Column;
}

/** Returns the types of columns as pairs. */
function columnsOf(options: TableOptions | undefined): string[][] | undefined {
  const columns: unknown = checked<TableOptions>('table', options ?? {}, TABLE, EXAMPLE).columns;
  if (columns === undefined) {
    return undefined;
  }
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) {
    throw refused('columns', `expected an object such as { duration: 'float64' }, got ${typeName(columns)}`);
  }
  return Object.entries(columns).map(([name, type]: [string, unknown]) => {
    if (name === EXTRA) {
      throw refused('columns.extra', 'is added to each table');
    }
    if (typeof type !== 'string' || !TYPES.includes(type)) {
      const got = typeof type === 'string' ? JSON.stringify(type) : typeName(type);
      throw refused(`columns.${name}`, `expected ${TYPES.slice(0, -1).join(', ')} or json, got ${got}`);
    }
    return [name, type];
  });
}

function refused(field: string, reason: string): InvalidRequestError {
  return invalid('table', [{ field, reason }]);
}

function failed(thrown: unknown): unknown {
  return thrown instanceof InvalidRequestError ? thrown : refused('records', messageOf(thrown));
}
