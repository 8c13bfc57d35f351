// Options of uploads: those of the request, and a callback for the progress.

import { captureContext } from './async-context';
import { callback, report } from './callbacks';
import { hasCallback } from './list-options';
import { furtherOptions, type RequestOptions } from './options';

/** Bytes of an upload. */
export interface UploadProgress {
  /** Bytes of all files that were passed to the connection. A retry begins again. */
  readonly sent: number;
  /** Bytes of all files; `undefined` if the length of a stream is not known. */
  readonly total: number | undefined;
}

/** Options of an upload. */
export interface UploadOptions extends RequestOptions {
  /** Receives the progress. An error that it throws cancels the upload. It must not be async. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** The options of an upload's request, with a signal that also an error of the callback aborts. */
interface Prepared {
  readonly options: RequestOptions | undefined;
  /** Set with a callback only. */
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((content: readonly [sent: number, total: number | null]) => void) | undefined;
}

/** Separates the callback from the options of the request. */
export function uploadOptions(operation: string, given: UploadOptions | undefined): Prepared {
  if (given === undefined || !hasCallback(given)) {
    return { options: given, signal: undefined, onProgress: undefined };
  }
  const { own, further } = furtherOptions(operation, given, { onProgress: callback });
  const failure = new AbortController();
  const inContext = captureContext();
  return {
    options: own,
    signal: own.signal === undefined ? failure.signal : AbortSignal.any([own.signal, failure.signal]),
    onProgress: ([sent, total]) => {
      try {
        inContext(() => report(further.onProgress, { sent, total: total ?? undefined }));
      } catch (thrown) {
        failure.abort(thrown);
      }
    },
  };
}
