// Files to upload. Data in memory is passed as bytes, the addon streams a path from disk, and a
// JavaScript stream is read one chunk at a time, when the connection is ready for it.

import { captureContext } from './async-context';
import { addSource, completions, dropSource, nextNumber } from './completion-queue';
import { invalid, isWellFormed, LONE_SURROGATE } from './arguments';
import { InvalidRequestError } from './errors';
import { suggestion } from './names';
import { isPlain, messageOf } from './records';
import type { NativeFile } from './native';

/** Content of a file. */
export type FileContent =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>;

/** A file with its name. */
export interface NamedFile {
  /** File name. Its extension determines the media type. */
  name: string;
  /** Content. A string is sent in UTF-8. */
  data: FileContent;
  /** Media type, e.g. `application/pdf`. Default: the type of the file name's extension. */
  contentType?: string | undefined;
}

/**
 * A file to upload: a path or a `file:` URL, which is streamed from disk; a `File`; or a name with
 * content. A stream can be read once, so its upload is not retried.
 */
export type FileInput = string | URL | Blob | NamedFile | (AsyncIterable<Uint8Array | string> & { readonly path: string | Buffer });

const FILE_FIELDS: readonly string[] = ['name', 'data', 'contentType'] satisfies (keyof NamedFile)[];

/** Larger blobs are streamed instead of copied to memory. */
const MOST_IN_MEMORY = 8 * 1024 * 1024;

/** Converts files for the addon. */
export async function prepare(operation: string, files: readonly FileInput[]): Promise<NativeFile[]> {
  const prepared: NativeFile[] = [];
  let field = 'files';
  try {
    if (!Array.isArray(files)) {
      throw problem('expected an array of files');
    }
    for (const [index, file] of files.entries()) {
      field = `files[${index}]`;
      prepared.push(await one(file as FileInput, problem));
    }
    return prepared;
  } catch (thrown) {
    release(prepared);
    // Any error of reading a file, or of code of the user.
    throw thrown instanceof InvalidRequestError ? thrown : problem(`cannot be read: ${messageOf(thrown)}`);
  }

  function problem(reason: string): Error {
    return invalid(operation, [{ field, reason }]);
  }
}

/** Releases the streams of files. */
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
    const unknown = isPlain(file) ? Object.keys(file).find((field) => !FILE_FIELDS.includes(field)) : undefined;
    if (unknown !== undefined) {
      throw problem(`${unknown}: unknown field${suggestion(unknown, FILE_FIELDS)}`);
    }
    const { name, data, contentType } = file;
    if (typeof name !== 'string') {
      throw problem('expected a name');
    }
    if (!isWellFormed(name)) {
      throw problem(`its name ${LONE_SURROGATE}`);
    }
    const held = await content(data, problem);
    return contentType === undefined ? { ...held, name } : { ...held, name, contentType };
  }
  if (isIterable(file) && 'path' in file) {
    // A stream of `fs.createReadStream` has the path of its file.
    const { basename } = process.getBuiltinModule('node:path');
    return { name: basename(String(file.path)), ...(await streamed(file, problem)) };
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
  throw problem('expected a string, bytes, a Blob or a stream as data');
}

async function blob(data: Blob, problem: (reason: string) => Error): Promise<NativeFile> {
  const type = data.type === '' ? {} : { contentType: data.type };
  if (data.size <= MOST_IN_MEMORY) {
    return { bytes: Buffer.from(await data.arrayBuffer()), ...type };
  }
  const stream: unknown = data.stream();
  return { ...(await streamed(stream as AsyncIterable<Uint8Array>, problem)), length: data.size, ...type };
}

function isIterable(data: unknown): data is AsyncIterable<Uint8Array | string> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
}

/** Returns whether an iterable can be iterated again, such as one with a generator function. */
function isIterableAgain(data: AsyncIterable<unknown>): boolean {
  return !('next' in data) && !('getReader' in data) && !('on' in data);
}

/** Reads a stream chunk by chunk, or releases it before its end. */
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
  const chunks = data[Symbol.asyncIterator]();
  return {
    next: () => chunks.next(),
    // The iterator of a Node stream waits for its next chunk before it returns; `destroy` does not.
    stop: () => (typeof destroy === 'function' ? destroy.call(data) : chunks.return?.()),
  };
}

/** Streams that were uploaded. A second upload would send an empty file. */
const used = new WeakSet<object>();

/** Registers a stream, which is read when the upload is ready for it. */
async function streamed(
  data: AsyncIterable<Uint8Array | string>,
  problem: (reason: string) => Error,
): Promise<NativeFile> {
  const { on, locked, readableEnded } = data as { on?: unknown; locked?: unknown; readableEnded?: unknown };
  if (used.has(data) || locked === true || readableEnded === true) {
    throw problem('its stream was already read; create a new one for each upload');
  }
  if (!isIterableAgain(data)) {
    used.add(data);
  }
  if (typeof on === 'function') {
    // A Node stream can fail before the upload reads it, and without a listener that ends the
    // process. Reading it later fails with the same error.
    on.call(data, 'error', () => undefined);
  }
  const number = nextNumber();
  // A generator of the user reads its `AsyncLocalStorage` as at the line of the upload.
  const inContext = captureContext();
  let reading: Reading | undefined;
  let ended = false;
  // Bytes to send, of a file whose length is announced.
  let rest = Infinity;
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
      const bytes = done === true ? undefined : bytesOf(value);
      if (bytes === undefined) {
        end();
      } else if (rest > 0 || bytes.length === 0) {
        const chunk = bytes.subarray(0, rest);
        rest -= chunk.length;
        completions().feed(number, chunk);
      } else {
        // The file has become longer. As with a path, what was appended is not sent.
        end();
        await reading.stop();
      }
    } catch (failure) {
      if (!ended) {
        end(`the stream of a file failed: ${messageOf(failure)}`);
      }
    }
  };
  const stop = async (): Promise<void> => {
    end('the upload has ended');
    await (reading ?? open(data)).stop();
  };
  addSource(number, {
    wanted: () => void inContext(pass),
    // Errors of releasing a stream belong to its owner.
    done: () => void (ended || inContext(stop).catch(() => undefined)),
  });
  const known = await lengthOf(data);
  rest = known.length ?? Infinity;
  return { stream: number, ...known };
}

/** Returns the length of a stream of `fs.createReadStream`: some servers require it. */
async function lengthOf(data: object): Promise<Pick<NativeFile, 'length'>> {
  const { ReadStream } = process.getBuiltinModule('node:fs');
  // With an encoding, the strings of the stream have another length in UTF-8.
  if (!(data instanceof ReadStream) || data.bytesRead > 0 || data.readableEncoding !== null) {
    return {};
  }
  const { path, start = 0, end = Infinity } = data as typeof data & { start?: number; end?: number };
  const stats = await process.getBuiltinModule('node:fs/promises').stat(path).catch(() => undefined);
  // The length of a pipe or a device is not known. Files below /proc report no length, and those
  // below /sys report a wrong one and no blocks.
  const isKnown = stats?.isFile() === true && stats.size > 0 && stats.blocks !== 0;
  return isKnown ? { length: Math.max(Math.min(stats.size, end + 1) - start, 0) } : {};
}

function bytesOf(chunk: unknown): Buffer {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk);
  }
  if (!ArrayBuffer.isView(chunk)) {
    throw new TypeError(`expected bytes or a string, got ${chunk === null ? 'null' : typeof chunk}`);
  }
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
