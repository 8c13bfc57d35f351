// The steps of an export, which the core runs: types of its numbers and of its result.

/** Format of an export. `parquet` needs the package `hyparquet-writer`. */
export type ExportFormat = 'jsonl' | 'csv' | 'parquet';

/** Data that an export masks. */
export type ExportMask = 'phoneNumbers' | 'transcripts';

/** Numbers of an export. */
export interface ExportProgress {
  /** Calls that were exported, also by earlier runs of the same export. */
  readonly calls: number;
  /** Agents whose calls are complete. */
  readonly agents: number;
  /** All agents. */
  readonly totalAgents: number;
}

/** A finished export. */
export interface ExportResult {
  /** Path of the file. */
  readonly path: string;
  /** Number of exported calls. */
  readonly calls: number;
  /** Number of agents whose calls were listed. */
  readonly agents: number;
}

/** The steps of an export. If one fails, a later run of the same export continues. */
export interface ExportSteps {
  /** True if `lines` have to be converted to a Parquet file, which is `converted`. */
  readonly isParquet: boolean;
  /** Path of the JSONL file of all calls. */
  readonly lines: string;
  readonly converted: string;
  /** Exports the next page; `null` after the last one. */
  readonly next: () => Promise<ExportProgress | null>;
  /** Makes the file of the user. */
  readonly finish: () => Promise<Omit<ExportResult, 'path'>>;
}
