// Files to upload in all the forms that Node has them: what is in memory goes over as bytes, a path is streamed by the
// native side, and every stream is read one piece at a time, when the connection wants it. Node's modules are loaded where an
// upload needs them: most programs make none.

import { addSource, completions, dropSource, nextNumber } from './completion-queue';
import { HALF_A_CHARACTER, invalid, isWellFormed } from './arguments';
import { InvalidRequestError } from './errors';
import { said } from './records';
import type { NativeFile } from './native';

/** What a file holds. */
export type FileContent =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>;

/** A file with its name. */
export interface NamedFile {
  /** The file's name, whose ending says what type it is of. */
  name: string;
  /** What it holds; text is sent in UTF-8. */
  data: FileContent;
  /** The media type, such as `application/pdf`. By default it follows from the name's ending. */
  contentType?: string | undefined;
}

/**
 * A file to upload: its path as text or a `file:` URL, which is streamed from disk; a `File`; or its name and content,
 * the content being text, a `Buffer`, a `Blob`, or a web or Node stream. A stream can be read once, so that such an upload
 * is never sent again.
 */
export type FileInput = string | URL | Blob | NamedFile | (AsyncIterable<Uint8Array | string> & { readonly path: string | Buffer });

/** Larger blobs are streamed rather than held in memory. */
const MOST_IN_MEMORY = 8 * 1024 * 1024;

/** The files as the addon takes them. */
export async function prepare(operation: string, files: readonly FileInput[]): Promise<NativeFile[]> {
  const prepared: NativeFile[] = [];
  let field = 'files';
  try {
    if (!Array.isArray(files)) {
      throw problem('expected a list of files');
    }
    for (const [index, file] of files.entries()) {
      field = `files[${index}]`;
      prepared.push(await one(file as FileInput, problem));
    }
    return prepared;
  } catch (thrown) {
    release(prepared);
    // Whatever keeps a file from being read, such as a URL that is none of a file.
    throw thrown instanceof InvalidRequestError ? thrown : problem(`cannot be read: ${said(thrown)}`);
  }

  function problem(reason: string): Error {
    return invalid(operation, [{ field, reason }]);
  }
}

/** Lets go of the streams of files that are not sent after all. */
export function release(files: readonly NativeFile[]): void {
  for (const { stream } of files) {
    if (stream !== undefined) {
      dropSource(stream);
    }
  }
}

async function one(file: FileInput, problem: (reason: string) => Error): Promise<NativeFile> {
  if (typeof file === 'string') {
    return { path: file };
  }
  if (file instanceof URL) {
    if (file.protocol !== 'file:') {
      throw problem('expected a path or a file: URL');
    }
    const { fileURLToPath } = process.getBuiltinModule('node:url');
    return { path: fileURLToPath(file) };
  }
  if (file instanceof Blob) {
    return { name: (file as { name?: unknown }).name === undefined ? '' : String((file as File).name), ...(await blob(file, problem)) };
  }
  if (typeof file === 'object' && file !== null && 'data' in file) {
    const { name, data, contentType } = file;
    if (typeof name !== 'string') {
      throw problem('expected a name');
    }
    if (!isWellFormed(name)) {
      throw problem(`its name ${HALF_A_CHARACTER}`);
    }
    const held = await content(data, problem);
    return contentType === undefined ? { ...held, name } : { ...held, name, contentType };
  }
  if (isIterable(file) && 'path' in file) {
    // A stream that `fs.createReadStream` made knows its file's name.
    const { basename } = process.getBuiltinModule('node:path');
    return { name: basename(String(file.path)), ...streamed(file, problem) };
  }
  throw problem('expected a path, a File, or an object with name and data');
}

async function content(data: FileContent, problem: (reason: string) => Error): Promise<NativeFile> {
  if (typeof data === 'string') {
    return { bytes: Buffer.from(data) };
  }
  if (ArrayBuffer.isView(data)) {
    return { bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
  }
  const { types } = process.getBuiltinModule('node:util');
  if (types.isAnyArrayBuffer(data)) {
    return { bytes: Buffer.from(data) };
  }
  if (data instanceof Blob) {
    return blob(data, problem);
  }
  if (isIterable(data)) {
    return streamed(data, problem);
  }
  throw problem('expected text, bytes, a Blob or a stream as data');
}

async function blob(data: Blob, problem: (reason: string) => Error): Promise<NativeFile> {
  const type = data.type === '' ? {} : { contentType: data.type };
  if (data.size <= MOST_IN_MEMORY) {
    return { bytes: Buffer.from(await data.arrayBuffer()), ...type };
  }
  const stream: unknown = data.stream();
  return { ...streamed(stream as AsyncIterable<Uint8Array>, problem), length: data.size, ...type };
}

function isIterable(data: unknown): data is AsyncIterable<Uint8Array | string> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
}

/** Whether each reading of it begins anew, as with an object whose `Symbol.asyncIterator` is a generator function. */
function isIterableAgain(data: AsyncIterable<unknown>): boolean {
  return !('next' in data) && !('getReader' in data) && !('on' in data);
}

/** How to read a stream piece by piece, and how to let go of it before its end. */
interface Reading {
  next(): Promise<{ done?: boolean | undefined; value?: Uint8Array | string | undefined }>;
  stop(): unknown;
}

function open(data: AsyncIterable<Uint8Array | string>): Reading {
  const { destroy, getReader } = data as { destroy?: unknown; getReader?: unknown };
  if (typeof getReader === 'function') {
    const reader = (data as unknown as ReadableStream<Uint8Array>).getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  const pieces = data[Symbol.asyncIterator]();
  return {
    next: () => pieces.next(),
    // The iterator of a Node stream waits for its next piece before it returns; destroying does not.
    stop: () => (typeof destroy === 'function' ? destroy.call(data) : pieces.return?.()),
  };
}

/** Streams that an upload has had: read again they would be empty, and an empty file would take the place of the right one. */
const had = new WeakSet<object>();

/** Reads a stream when the upload wants it to be read. */
function streamed(data: AsyncIterable<Uint8Array | string>, problem: (reason: string) => Error): NativeFile {
  const { on, locked, readableEnded } = data as { on?: unknown; locked?: unknown; readableEnded?: unknown };
  if (had.has(data) || locked === true || readableEnded === true) {
    throw problem('its stream was read before and would be empty: make a new one for each upload');
  }
  if (!isIterableAgain(data)) {
    had.add(data);
  }
  if (typeof on === 'function') {
    // A Node stream may fail before the upload reads it, and a failure that nobody listens for ends the process. Reading
    // it later fails with the same error.
    on.call(data, 'error', () => undefined);
  }
  const number = nextNumber();
  let reading: Reading | undefined;
  let ended = false;
  const end = (reason?: string): void => {
    ended = true;
    completions().endStream(number, reason);
  };
  const pass = async (): Promise<void> => {
    try {
      reading ??= open(data);
      const { done, value } = await reading.next();
      if (ended) {
        return;
      }
      if (done === true || value === undefined) {
        end();
      } else {
        completions().feed(number, bytesOf(value));
      }
    } catch (failure) {
      if (!ended) {
        end(`the stream of a file failed: ${said(failure)}`);
      }
    }
  };
  const stop = async (): Promise<void> => {
    end('the upload is over');
    await (reading ?? open(data)).stop();
  };
  addSource(number, {
    wanted: () => void pass(),
    // How letting go of a stream goes is for its owner to know.
    done: () => void (ended || stop().catch(() => undefined)),
  });
  return { stream: number };
}

function bytesOf(piece: Uint8Array | string): Buffer {
  if (typeof piece === 'string') {
    return Buffer.from(piece);
  }
  if (!ArrayBuffer.isView(piece)) {
    throw new TypeError('expected bytes or text');
  }
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
