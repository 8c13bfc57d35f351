// The methods that the promise of a list has in addition: its records as columns.

import { type ArrowModule, type ArrowTable, toArrow } from './arrow-table';
import { type Columns, columnsOfRecords, type TableOptions } from './tables';

/** The promise of a list, with its records as columns. */
export interface Tabular {
  /**
   * Returns the records as columns: typed arrays in the memory layout of Apache Arrow. Documented
   * fields have the types of the API reference.
   *
   * @param options - Types of columns.
   * @returns The columns by name.
   * @example
   * ```ts
   * const { id, name } = await client.agents.list(1).toColumns();
   * console.log(id?.values, name?.nullCount);
   * ```
   */
  toColumns(options?: TableOptions): Promise<Columns>;
  /**
   * Returns the records as a table of `apache-arrow`.
   *
   * @param arrow - The module `apache-arrow`, which you install.
   * @param options - Types of columns.
   * @returns A `Table` of the module.
   */
  toArrow<Arrow extends ArrowModule>(arrow: Arrow, options?: TableOptions): Promise<ArrowTable<Arrow>>;
}

/** Adds the methods to a promise. A promise of another class would hide the caller from stacks. */
export function tabular<T extends object, List extends Iterable<T>>(list: Promise<List>, type: string): Promise<List> & Tabular {
  const columns = async (options?: TableOptions): Promise<Columns> => columnsOfRecords(await list, type, options);
  return Object.defineProperties(list, {
    toColumns: { value: columns },
    toArrow: { value: async (arrow: ArrowModule, options?: TableOptions) => toArrow(arrow, await columns(options)) },
  }) as Promise<List> & Tabular;
}
