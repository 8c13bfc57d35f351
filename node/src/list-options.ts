// Options of lists in pages: those of each request, and a callback for the progress.

import { callback } from './callbacks';
import { furtherOptions, type RequestOptions } from './options';
import type { ListProgress } from './pagination';

/** Options of a list in pages. Timeout, retries and headers are those of each request. */
export interface ListOptions extends RequestOptions {
  /**
   * Receives the progress after each page. An error that it throws ends the list. It must not be
   * async.
   */
  onProgress?: ((progress: ListProgress) => void) | undefined;
}

/** Separates the callback from the options of the requests, whose check is that of the request. */
export function onProgressOf(options: ListOptions | undefined): {
  rest(operation: string): RequestOptions | undefined;
  get(): ListOptions['onProgress'];
} {
  const has = hasCallback(options);
  return {
    rest: (operation) => (has ? furtherOptions(operation, options, { onProgress: callback }).own : options),
    get: () => (has ? options?.onProgress : undefined),
  };
}

/** Returns whether options have a callback. Options of other types are reported by their check. */
export function hasCallback(options: unknown): boolean {
  try {
    return typeof options === 'object' && options !== null && 'onProgress' in options;
  } catch {
    return false;
  }
}
