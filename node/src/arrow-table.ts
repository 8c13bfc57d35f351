// Hands columns to the `apache-arrow` that the user has installed. This package does not import it.

import type { Column, Columns } from './tables';

/** Parts of `apache-arrow` that this package uses. */
export interface ArrowModule {
  readonly Table: new (columns: never) => object;
  readonly Utf8: new () => object;
  readonly Int64: new () => object;
  readonly Float64: new () => object;
  readonly Bool: new () => object;
  readonly Timestamp: new (unit: never, timezone?: string | null) => object;
  readonly TimeUnit: { readonly MICROSECOND: unknown };
  readonly makeData: (properties: never) => unknown;
  readonly makeVector: (data: never) => unknown;
}

/** A table of an `apache-arrow` module. */
export type ArrowTable<Arrow extends ArrowModule> = InstanceType<Arrow['Table']>;

/** The same, with the types of the arguments that this package passes. */
interface Constructors {
  readonly Table: new (columns: Record<string, unknown>) => object;
  readonly makeData: (properties: object) => unknown;
  readonly makeVector: (data: unknown) => unknown;
  readonly Timestamp: new (unit: unknown, timezone: string) => object;
}

/**
 * Makes a table of `apache-arrow` from columns, without a copy. Pass the module: this package does
 * not depend on it.
 *
 * @param arrow - The module `apache-arrow`.
 * @param columns - Columns, e.g. of `client.calls.list(1002).toColumns()`.
 * @returns A `Table` of the module.
 * @example
 * ```ts no-run
 * import * as arrow from 'apache-arrow';
 *
 * const table = toArrow(arrow, await client.agents.list(1).toColumns());
 * const bytes = arrow.tableToIPC(table); // for polars, DuckDB and others
 * ```
 */
export function toArrow<Arrow extends ArrowModule>(arrow: Arrow, columns: Columns): ArrowTable<Arrow> {
  const { Table, makeData, makeVector } = arrow as unknown as Constructors;
  const vectors = Object.entries(columns).map(([name, column]) => {
    const { length, nullCount, validity } = column;
    const offsets = 'offsets' in column ? { valueOffsets: column.offsets } : {};
    const data = { type: typeOf(arrow, column), length, nullCount, nullBitmap: validity, data: column.values, ...offsets };
    return [name, makeVector(makeData(data))] as const;
  });
  return new Table(Object.fromEntries(vectors)) as ArrowTable<Arrow>;
}

function typeOf(arrow: ArrowModule, { type }: Column): object {
  switch (type) {
    case 'int64':
      return new arrow.Int64();
    case 'float64':
      return new arrow.Float64();
    case 'boolean':
      return new arrow.Bool();
    case 'timestamp':
      return new (arrow as unknown as Constructors).Timestamp(arrow.TimeUnit.MICROSECOND, 'UTC');
    default:
      return new arrow.Utf8();
  }
}
