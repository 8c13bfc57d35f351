// The method `calls.export`. `export-files.ts` writes the files.

import { invalid } from './arguments';
import { Export, type ExportFormat, type ExportRequest, type ExportResult } from './export-files';
import { type ExportMask, MASKS } from './export-masks';
import { loadParquet } from './export-parquet';
import type { FieldError } from './errors';
import type { Call } from './generated/models';
import type { Id, IdInput } from './id';
import { callback } from './list-options';
import { type Checks, furtherOptions, type RequestOptions } from './options';
import { typeName } from './records';
import { CallWatching } from './watching';
import type { ColumnType } from './tables';

/** Numbers of an export. */
export interface ExportProgress {
  /** Calls that were exported, also by earlier runs of the same export. */
  readonly calls: number;
  /** Agents whose calls are complete. */
  readonly agents: number;
  /** All agents. */
  readonly totalAgents: number;
}

/** Options of an export. Timeout, retries and headers are those of each request. */
export interface ExportOptions extends Omit<RequestOptions, 'extraBody'> {
  /** IDs of the agents. Pass these or `workspaceId`. */
  agentIds?: IdInput | Iterable<IdInput> | undefined;
  /** ID of a workspace, for the calls of all its agents. */
  workspaceId?: IdInput | undefined;
  /** Format. Default: the suffix of the path. `parquet` needs the package `hyparquet-writer`. */
  format?: ExportFormat | undefined;
  /**
   * Path of a file that remembers the highest call ID of each agent. Only calls with higher IDs are
   * exported, and the file is updated at the end. A missing file means all calls. Default: none.
   */
  since?: string | URL | undefined;
  /**
   * Data to mask: `phoneNumbers` keeps the last four digits of each number, `transcripts` removes
   * the values of fields whose name contains `transcript`. Default: none.
   */
  mask?: ExportMask | Iterable<ExportMask> | undefined;
  /** Types of columns of a Parquet file, by name. Default: found in the first 1,000 calls. */
  columns?: Readonly<Record<string, ColumnType>> | undefined;
  /** Receives the progress after each page. An error that it throws ends the export. */
  onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/** A list remembers the IDs of all its calls. A new one is started after this number of pages. */
const PAGES_OF_A_LIST = 100;
const OPERATION = 'calls.export';
const FORMATS: readonly string[] = ['jsonl', 'csv', 'parquet'];

const anything: Checks[string] = () => undefined;
const CHECKS: Checks = {
  // An iterable can be read once.
  agentIds: anything,
  workspaceId: (value) => (isId(value) ? undefined : `expected an ID, got ${typeName(value)}`),
  format: anything,
  since: (value) => (pathOf(value) === undefined ? `expected a path or a file: URL, got ${typeName(value)}` : undefined),
  mask: anything,
  columns: (value) => (typeof value === 'object' && value !== null ? undefined : `expected an object, got ${typeName(value)}`),
  onProgress: callback,
};

/** Exports of the call history. */
export abstract class CallExports extends CallWatching {
  /**
   * Writes the call history of agents to a file.
   *
   * The file appears when it is complete. Until then, the calls are in a hidden file beside it. If
   * the program ends before that, the same export continues there. It then loses no call and writes
   * none twice. The rows are those of {@link CallsResource.list}, in the same order. The memory
   * does not depend on the number of calls.
   *
   * @param path - File to write, or its `file:` URL. An existing file is replaced.
   * @param options - Agents, format, masks, and the options of each request.
   * @returns The path, and the numbers of calls and agents.
   * @throws {@link InvalidRequestError} An argument is invalid. Nothing was sent.
   * @throws {@link APIError} A page could not be fetched. The same export continues with it.
   * @throws {@link CallFluentError} The format is Parquet and `hyparquet-writer` is not installed.
   * @example
   * ```ts
   * const { calls } = await client.calls.export('calls.jsonl', { agentIds: [1001, 1002] });
   * console.log(calls);
   * ```
   */
  async export(path: string | URL, options: ExportOptions): Promise<ExportResult> {
    const { request, own } = await readRequest(path, options);
    if (request.format === 'parquet') {
      await loadParquet();
    }
    const { onProgress } = options;
    const files = await Export.open(request);
    try {
      if (files.needsAgents) {
        const agents = await this.call<{ readonly id: Id }[]>('agents.list', { workspace_id: request.workspace }, own);
        files.setAgents(agents.map(({ id }) => id));
      }
      for await (const [agent, page] of files.lists()) {
        await this.#exportAgent(files, agent, page, own, onProgress);
      }
    } finally {
      await files.close();
    }
    return files.finish();
  }

  async #exportAgent(
    files: Export,
    agent: Id,
    page: number,
    options: RequestOptions,
    onProgress: ExportOptions['onProgress'],
  ): Promise<void> {
    for (let following: number | undefined = page; following !== undefined; ) {
      const first: number = following;
      following = undefined;
      for await (const part of this.pages<Call>('calls.list', { agent_id: agent, page: first }, options, 'Call').pages()) {
        await files.write(part.page, part.items);
        onProgress?.(files.progress);
        if (part.page - first >= PAGES_OF_A_LIST) {
          following = part.page + 1;
          break;
        }
      }
    }
  }
}

async function readRequest(path: unknown, given: ExportOptions): Promise<{ request: ExportRequest; own: RequestOptions }> {
  const { own, further } = furtherOptions<ExportOptions & RequestOptions>(OPERATION, given, CHECKS);
  const { agentIds, workspaceId, format, since, mask, columns } = further as ExportOptions;
  const errors: FieldError[] = [];
  const target = pathOf(path);
  if (target === undefined) {
    throw invalid(OPERATION, [{ field: 'path', reason: `expected a path or a file: URL, got ${typeName(path)}` }]);
  }
  const { dirname, extname } = process.getBuiltinModule('node:path');
  const selected: unknown = format ?? extname(target).slice(1);
  if ((agentIds === undefined) === (workspaceId === undefined)) {
    errors.push({ field: 'agentIds', reason: 'pass agentIds or workspaceId' });
  }
  if (typeof selected !== 'string' || !FORMATS.includes(selected)) {
    const got = typeof selected === 'string' ? JSON.stringify(selected) : typeName(selected);
    errors.push({ field: 'format', reason: `expected one of ${FORMATS.join(', ')}, got ${got}` });
  }
  if (columns !== undefined && selected !== 'parquet') {
    errors.push({ field: 'columns', reason: 'only Parquet files have typed columns' });
  }
  const agents = agentIds === undefined ? undefined : idsOf(agentIds);
  if (agentIds !== undefined && agents === undefined) {
    errors.push({ field: 'agentIds', reason: `expected IDs, got ${typeName(agentIds)}` });
  }
  const masks = mask === undefined ? [] : masksOf(mask);
  if (masks === undefined) {
    errors.push({ field: 'mask', reason: `expected ${MASKS.join(' or ')}` });
  }
  const { stat } = process.getBuiltinModule('node:fs/promises');
  if (!(await stat(dirname(target)).catch(() => undefined))?.isDirectory()) {
    errors.push({ field: 'path', reason: `the folder ${JSON.stringify(dirname(target))} does not exist` });
  }
  if (errors.length > 0) {
    throw invalid(OPERATION, errors);
  }
  const request: ExportRequest = {
    path: target,
    format: selected as ExportFormat,
    agents: agents && [...new Set(agents)],
    workspace: workspaceId === undefined ? undefined : idOf(workspaceId),
    since: since === undefined ? undefined : pathOf(since),
    masks: new Set(masks),
    columns,
  };
  return { request, own };
}

function pathOf(value: unknown): string | undefined {
  if (value instanceof URL && value.protocol === 'file:') {
    return process.getBuiltinModule('node:url').fileURLToPath(value);
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isId(value: unknown): value is IdInput {
  return Number.isSafeInteger(value) || typeof value === 'bigint' || (typeof value === 'string' && value !== '');
}

/** Returns an ID that JSON can hold. */
function idOf(id: IdInput): Id {
  return typeof id === 'bigint' ? (Number.isSafeInteger(Number(id)) ? Number(id) : String(id)) : id;
}

function idsOf(value: unknown): Id[] | undefined {
  if (isId(value)) {
    return [idOf(value)];
  }
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  const ids = isIterable ? [...(value as Iterable<unknown>)] : [undefined];
  return ids.every(isId) ? ids.map(idOf) : undefined;
}

function masksOf(value: unknown): ExportMask[] | undefined {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  const masks = isIterable ? [...(value as Iterable<unknown>)] : [value];
  return masks.every((mask) => (MASKS as readonly unknown[]).includes(mask)) ? (masks as ExportMask[]) : undefined;
}
