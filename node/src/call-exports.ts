// The method `calls.export`. The core fetches the pages and writes the files.

import { invalid } from './arguments';
import { callback, report } from './callbacks';
import { here } from './errors';
import { loadParquet, writeParquet } from './export-parquet';
import type { ExportResult } from './export-steps';
import type { ExportOptions } from './generated/call-options';
import type { IdInput } from './id';
import { anything, type Checks } from './option-checks';
import { furtherOptions, type RequestOptions } from './options';
import { shown, typeName } from './records';
import { checkColumns } from './tables';
import { CallWatching } from './watching';

const OPERATION = 'calls.export';

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
  /** @internal */
  protected async exportWithOptions(path: string | URL, options: ExportOptions): Promise<ExportResult> {
    const site = here();
    const { target, settings, own, columns, onProgress } = readOptions(path, options);
    return await this.exporting(settings, own, site, async ({ isParquet, lines, converted, next, finish }) => {
      if (isParquet) {
        // A missing package or an unknown type of a column would fail after the last page.
        await loadParquet();
        checkColumns(columns);
      }
      for (let numbers = await next(); numbers !== null; numbers = await next()) {
        report(onProgress, numbers);
      }
      if (isParquet) {
        await writeParquet(lines, converted, columns, own.signal);
      }
      const { calls, agents } = await finish();
      return { path: target, calls, agents };
    });
  }
}

interface ReadOptions extends Pick<ExportOptions, 'columns' | 'onProgress'> {
  readonly target: string;
  /** Arguments for the core, encoded. */
  readonly settings: string;
  readonly own: RequestOptions;
}

function readOptions(path: unknown, given: ExportOptions): ReadOptions {
  const { own, further } = furtherOptions<ExportOptions & RequestOptions>(OPERATION, given, CHECKS);
  const { agentIds, workspaceId, format, since, mask, columns, onProgress } = further as ExportOptions;
  const target = pathOf(path);
  if (target === undefined) {
    throw invalid(OPERATION, [{ field: 'path', reason: `expected a path or a file: URL, got ${typeName(path)}` }]);
  }
  const ids = agentIds === undefined ? undefined : listOf(agentIds);
  const wrong = ids?.findIndex((id) => !isId(id)) ?? -1;
  if (wrong >= 0) {
    const reason = `expected an ID, an integer or a string, got ${shown(ids?.[wrong])}`;
    throw invalid(OPERATION, [{ field: `agentIds[${wrong}]`, reason }]);
  }
  const settings = encoded({
    path: target,
    since: since === undefined ? undefined : pathOf(since),
    agentIds: ids,
    workspaceId,
    format,
    mask: mask === undefined ? undefined : listOf(mask),
    columns: columns === undefined ? undefined : true,
  });
  return { target, settings, own, columns, onProgress };
}

/** Encodes arguments that the core checks. */
function encoded(settings: object): string {
  const exact = (value: bigint): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));
  return JSON.stringify(settings, (_, value: unknown) => (typeof value === 'bigint' ? exact(value) : value));
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

/** Returns the items of an iterable, which can be read once, or the only item. */
function listOf(value: unknown): unknown[] {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  return isIterable ? [...(value as Iterable<unknown>)] : [value];
}
