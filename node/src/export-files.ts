// The files of an export of calls. Calls are appended to a hidden JSONL file. A second hidden file
// has the position: the agent, the next page, and the size of the first file. A run that finds both
// cuts the first one to this size and continues, so that no call is lost or written twice. At the
// end, the JSONL file becomes the file of the user, or is converted to it.

import type { FileHandle } from 'node:fs/promises';

import { KnownCalls } from './export-known-calls';
import { masked, type ExportMask } from './export-masks';
import { lines, readObject, replaceFile } from './export-text';
import { writeCsv } from './export-csv';
import { writeParquet } from './export-parquet';
import type { Id } from './id';
import type { ColumnType } from './tables';

/** Format of an export. */
export type ExportFormat = 'jsonl' | 'csv' | 'parquet';

/** A finished export. */
export interface ExportResult {
  /** Path of the file. */
  readonly path: string;
  /** Number of exported calls. */
  readonly calls: number;
  /** Number of agents whose calls were listed. */
  readonly agents: number;
}

/** Arguments of an export, after their check. */
export interface ExportRequest {
  readonly path: string;
  readonly format: ExportFormat;
  readonly agents: readonly Id[] | undefined;
  readonly workspace: Id | undefined;
  readonly since: string | undefined;
  readonly masks: ReadonlySet<ExportMask>;
  readonly columns: Readonly<Record<string, ColumnType>> | undefined;
}

/** Position from which a later run continues. */
interface Position {
  request: unknown;
  agents: readonly Id[] | null;
  /** Index of the agent, its next page, and the size of the file before its calls. */
  agent: number;
  page: number;
  start: number;
  /** Size of the file at this position. */
  size: number;
  calls: number;
  /** Highest call ID by agent. */
  marks: Record<string, number>;
}

type CallRecord = Readonly<Record<string, unknown>> & { readonly id?: unknown };

/** Bytes between two positions on disk. A position is written after a flush to the disk. */
const CHECKPOINT = 1 << 20;
/**
 * Pages that are read again when an export continues: calls that were deleted meanwhile move others
 * to earlier pages.
 */
const PAGES_AGAIN = 2;

/** An export, or the rest of one that an earlier run began. */
export class Export {
  readonly #request: ExportRequest;
  readonly #part: string;
  readonly #positionFile: string;
  readonly #position: Position;
  /** Highest call IDs of the last night, by agent. */
  readonly #marks: Readonly<Record<string, unknown>>;
  #file: FileHandle | undefined;
  /** Bytes in the file, of which those after the position are not safe. */
  #written: number;
  #known = new KnownCalls();

  private constructor(request: ExportRequest, marks: Readonly<Record<string, unknown>>, position: Position) {
    this.#request = request;
    [this.#part, this.#positionFile] = hiddenFiles(request.path);
    this.#marks = marks;
    this.#position = position;
    this.#written = position.size;
  }

  /** Opens the files of an export, or those of an earlier run of the same export. */
  static async open(request: ExportRequest): Promise<Export> {
    const { stat, open } = process.getBuiltinModule('node:fs/promises');
    const marks = request.since === undefined ? {} : await readObject(request.since);
    const [part, positionFile] = hiddenFiles(request.path);
    const identity = {
      names: 'camelCase',
      agents: request.agents?.map(String) ?? null,
      workspace: request.workspace === undefined ? null : String(request.workspace),
      masks: [...request.masks].sort(),
      since: marks,
    };
    const earlier = (await readObject(positionFile)) as unknown as Position;
    const size = (await stat(part).catch(() => undefined))?.size ?? -1;
    const isSame = JSON.stringify(earlier.request) === JSON.stringify(identity) && size >= earlier.size;
    const position = isSame
      ? earlier
      : { request: identity, agents: request.agents ?? null, agent: 0, page: 1, start: 0, size: 0, calls: 0, marks: {} };
    const opened = new Export(request, marks, position);
    // The position of the last flush is all that counts.
    opened.#file = await open(part, position.size > 0 ? 'r+' : 'w');
    await opened.#file.truncate(position.size);
    return opened;
  }

  /** True if the agents of the workspace have to be listed first. */
  get needsAgents(): boolean {
    return this.#position.agents === null;
  }

  /** Number of exported calls, and of agents whose calls are complete. */
  get progress(): { readonly calls: number; readonly agents: number; readonly totalAgents: number } {
    return { calls: this.#position.calls, agents: this.#position.agent, totalAgents: this.#position.agents?.length ?? 0 };
  }

  /** Sets the agents whose calls are exported. */
  setAgents(agents: readonly Id[]): void {
    this.#position.agents = agents;
  }

  /** Yields each agent whose calls are still missing, and the page from which they are. */
  async *lists(): AsyncGenerator<readonly [agent: Id, page: number], void, undefined> {
    const position = this.#position;
    for (const agents = position.agents ?? []; position.agent < agents.length; ) {
      this.#known = await KnownCalls.of(this.#part, position.start, position.size);
      yield [agents[position.agent] as Id, Math.max(1, position.page - PAGES_AGAIN)];
      position.agent += 1;
      position.page = 1;
      position.start = this.#written;
      await this.#flush();
    }
  }

  /** Appends the calls of a page. */
  async write(page: number, calls: readonly CallRecord[]): Promise<void> {
    const position = this.#position;
    const agent = String(position.agents?.[position.agent]);
    const mark = this.#marks[agent];
    let highest = position.marks[agent];
    let rows = '';
    let count = 0;
    for (const call of calls) {
      const { id } = call;
      if (typeof id === 'number') {
        if (typeof mark === 'number' && id <= mark) {
          continue;
        }
        highest = Math.max(highest ?? id, id);
      }
      if (this.#known.has(id)) {
        continue;
      }
      this.#known.add(id);
      const fields = 'agentId' in call ? call : { ...call, agentId: position.agents?.[position.agent] };
      rows += `${JSON.stringify(masked(fields, this.#request.masks))}\n`;
      count += 1;
    }
    await this.#append(Buffer.from(rows));
    position.calls += count;
    if (highest !== undefined) {
      position.marks[agent] = highest;
    }
    position.page = page + 1;
    if (this.#written - position.size >= CHECKPOINT) {
      await this.#flush();
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      // A write can be partial.
      const { bytesWritten } = await (this.#file as FileHandle).write(bytes, start, bytes.length - start, this.#written + start);
      start += bytesWritten;
    }
    this.#written += bytes.length;
  }

  /** Writes the calls and then the position to the disk. */
  async #flush(): Promise<void> {
    await this.#file?.sync();
    this.#position.size = this.#written;
    await replaceFile(this.#positionFile, JSON.stringify(this.#position));
  }

  /** Closes the file. After an error, what was written is kept for the next run. */
  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) {
      return;
    }
    try {
      if (this.#written !== this.#position.size) {
        await this.#flush();
      }
    } finally {
      this.#file = undefined;
      await file.close();
    }
  }

  /** Makes the file of the user, and updates the file of the highest IDs. */
  async finish(): Promise<ExportResult> {
    await this.close();
    const { rename, rm } = process.getBuiltinModule('node:fs/promises');
    const { path, format, since, columns } = this.#request;
    let finished = this.#part;
    if (format !== 'jsonl') {
      finished = hiddenFile(path, 'converted');
      await (format === 'csv' ? writeCsv(this.#part, finished) : writeParquet(() => lines(this.#part), finished, columns));
    }
    await rename(finished, path);
    if (since !== undefined) {
      await replaceFile(since, JSON.stringify({ ...this.#marks, ...this.#position.marks }));
    }
    await rm(this.#positionFile, { force: true });
    await rm(this.#part, { force: true });
    return { path, calls: this.#position.calls, agents: this.#position.agents?.length ?? 0 };
  }
}

function hiddenFiles(path: string): readonly [part: string, position: string] {
  return [hiddenFile(path, 'part'), hiddenFile(path, 'position')];
}

function hiddenFile(path: string, suffix: string): string {
  const { basename, dirname, join } = process.getBuiltinModule('node:path');
  return join(dirname(path), `.${basename(path)}.${suffix}`);
}
