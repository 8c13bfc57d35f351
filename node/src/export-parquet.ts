// Parquet files of exports, written by the package `hyparquet-writer` that the user has installed.
// The columns are those of a table; one row group after another is in memory. The writer keeps the
// lowest and the highest value of each column and group until the end.

import { CallFluentError } from './errors';
import { messageOf } from './records';
import { type Column, type Columns, columnsOfLines, type ColumnType } from './tables';

/** Captured when the package is loaded: test runners with fake timers replace it later. */
const { setImmediate } = process.getBuiltinModule('node:timers');

/**
 * Mean length in bytes above which a column has texts. Readers do not filter by their order, and
 * the memory of their lowest and highest values would grow with the file.
 */
const LONGEST_MEAN = 64;

/**
 * Bytes of a page. The writer grows a buffer for each page, and V8 frees buffers late: after 32 MB
 * of them.
 */
const PAGE_SIZE = 32 * 1024;

/** Parts of `hyparquet-writer` that this package uses. */
interface ParquetModule {
  fileWriter(path: string): unknown;
  readonly ParquetWriter: new (options: { writer: unknown; schema: readonly object[] }) => {
    write(options: { columnData: readonly object[]; rowGroupSize: number; pageSize: number }): void | Promise<void>;
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

/** Converts lines of calls to a Parquet file. An abort ends it after a row group. */
export async function writeParquet(
  source: string,
  target: string,
  columns: Readonly<Record<string, ColumnType>> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { fileWriter, ParquetWriter } = await loadParquet();
  const lines = columnsOfLines(source, columns);
  let group = lines();
  const types = Object.entries(group).map(([name, { type }]): [string, ColumnType] => [name, type]);
  const schema = [{ name: 'root', num_children: types.length }, ...types.map(elementOf)];
  const writing = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new CallFluentError(`calls.export: cannot write ${target}: ${messageOf(cause)}`, { cause });
    }
  };
  const writer = await writing(() => new ParquetWriter({ writer: fileWriter(target), schema }));
  for (; rowsOf(group) > 0; group = lines()) {
    const columnData = Object.entries(group).map(([name, column]) => dataOf(name, column));
    const rowGroupSize = rowsOf(group);
    await writing(() => writer.write({ columnData, rowGroupSize, pageSize: PAGE_SIZE }));
    // Node frees the buffers of a group between two turns of the event loop only. Timers and other
    // requests continue, too.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (signal?.aborted) {
      throw signal.reason;
    }
  }
  await writing(() => writer.finish());
}

function rowsOf(columns: Columns): number {
  return Object.values(columns)[0]?.length ?? 0;
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

/** Returns a column as the writer takes it: integers and microseconds as `bigint`. */
function dataOf(name: string, column: Column): object {
  const isNull = (index: number): boolean => !bit(column.validity, index);
  const data = (value: (index: number) => unknown): unknown[] =>
    Array.from({ length: column.length }, (_, index) => (isNull(index) ? null : value(index)));
  switch (column.type) {
    case 'boolean':
      return { name, data: data((index) => bit(column.values, index)) };
    case 'string':
    case 'json': {
      const bytes = (index: number): Uint8Array => column.values.subarray(column.offsets[index], column.offsets[index + 1]);
      if (column.values.length > LONGEST_MEAN * column.length) {
        // As UTF-8, without strings that the writer would encode again.
        return { name, data: data(bytes), statistics: false };
      }
      const decoder = new TextDecoder();
      return { name, data: data((index) => decoder.decode(bytes(index))) };
    }
    default:
      return { name, data: data((index) => column.values[index]) };
  }
}

function bit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
