// Parquet files of exports, written by the package `hyparquet-writer` that the user has installed.
// The columns are those of a table; one row group after another is in memory.

import { CallFluentError } from './errors';
import type { NativeTable } from './native';
import { type Column, type Columns, type ColumnType, finishTable, startTable } from './tables';

/** Lines from which the columns are found. */
const LINES_FOR_COLUMNS = 1_000;
/** A row group has at most this many rows, and about this many characters. */
const MAX_ROWS = 65_536;
const MAX_CHARACTERS = 1024 * 1024;
/** Characters that are passed to the addon at once. V8 frees small strings soon. */
const MAX_WAITING = 64 * 1024;

/** Parts of `hyparquet-writer` that this package uses. */
interface ParquetModule {
  fileWriter(path: string): unknown;
  readonly ParquetWriter: new (options: { writer: unknown; schema: readonly object[] }) => {
    write(options: { columnData: readonly object[]; rowGroupSize: number }): void | Promise<void>;
    finish(): void | Promise<void>;
  };
}

/**
 * Loads the package that writes Parquet.
 *
 * @throws {@link CallFluentError} It is not installed.
 */
export async function loadParquet(): Promise<ParquetModule> {
  // Not a literal, and ignored by bundlers: they would require the package.
  const name: string = 'hyparquet-writer';
  try {
    return (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name)) as ParquetModule;
  } catch (cause) {
    throw new CallFluentError('calls.export: a Parquet file needs hyparquet-writer: npm install hyparquet-writer', { cause });
  }
}

/** Converts lines of calls to a Parquet file. */
export async function writeParquet(
  lines: () => AsyncIterable<string>,
  target: string,
  columns: Readonly<Record<string, ColumnType>> | undefined,
): Promise<void> {
  const { fileWriter, ParquetWriter } = await loadParquet();
  const sample = new RowGroup(columns);
  for await (const line of lines()) {
    sample.add(line);
    if (sample.rows === LINES_FOR_COLUMNS) {
      break;
    }
  }
  const found = sample.finish();
  const types = Object.fromEntries(Object.entries(found).map(([name, { type }]) => [name, type]));
  const schema = [{ name: 'root', num_children: Object.keys(types).length }, ...Object.entries(types).map(elementOf)];
  // It is added to each table.
  const { extra: _, ...known } = types;
  const writer = new ParquetWriter({ writer: fileWriter(target), schema });
  let group = new RowGroup(known);
  const write = async (): Promise<void> => {
    const columnData = Object.entries(group.finish()).map(([name, column]) => ({ name, data: valuesOf(column) }));
    await writer.write({ columnData, rowGroupSize: MAX_ROWS });
    group = new RowGroup(known);
  };
  for await (const line of lines()) {
    group.add(line);
    if (group.isFull) {
      await write();
    }
  }
  if (group.rows > 0) {
    await write();
  }
  await writer.finish();
}

/** Calls that become a row group. The addon holds them, and JavaScript few lines. */
class RowGroup {
  readonly #table: NativeTable;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #characters = 0;
  readonly #hasColumns: boolean;
  rows = 0;

  constructor(columns: Readonly<Record<string, ColumnType>> | undefined) {
    this.#table = startTable('Call', { columns }, true);
    this.#hasColumns = columns !== undefined;
  }

  get isFull(): boolean {
    return this.rows >= MAX_ROWS || this.#characters >= MAX_CHARACTERS;
  }

  add(line: string): void {
    this.rows += 1;
    this.#characters += line.length;
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    // The columns are found in the first lines that the table gets.
    if ((this.#hasColumns || this.rows >= LINES_FOR_COLUMNS) && this.#waitingCharacters >= MAX_WAITING) {
      this.#pass();
    }
  }

  finish(): Columns {
    this.#pass();
    return finishTable(this.#table);
  }

  #pass(): void {
    this.#table.push(this.#waiting.join('\n'));
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }
}

function elementOf([name, type]: [string, ColumnType]): object {
  const element = { name, repetition_type: 'OPTIONAL' };
  switch (type) {
    case 'int64':
      return { ...element, type: 'INT64' };
    case 'float64':
      return { ...element, type: 'DOUBLE' };
    case 'boolean':
      return { ...element, type: 'BOOLEAN' };
    case 'timestamp':
      return {
        ...element,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    default:
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  }
}

/** Returns the values as the writer takes them: integers and microseconds as `bigint`. */
function valuesOf(column: Column): unknown[] {
  const decoder = new TextDecoder();
  const bit = (bits: Uint8Array, index: number): boolean => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  const value = (index: number): unknown => {
    switch (column.type) {
      case 'boolean':
        return bit(column.values, index);
      case 'string':
      case 'json':
        return decoder.decode(column.values.subarray(column.offsets[index], column.offsets[index + 1]));
      default:
        return column.values[index];
    }
  };
  return Array.from({ length: column.length }, (_, index) => (bit(column.validity, index) ? value(index) : null));
}
