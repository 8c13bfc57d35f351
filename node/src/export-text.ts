// Text files of an export: lines of calls, and small files that are replaced as a whole.

import { CallFluentError } from './errors';

/** Yields the lines of a file from one position to another, without a break at their end. */
export async function* lines(path: string, start = 0, end = Infinity): AsyncGenerator<string, void, undefined> {
  if (end <= start) {
    return;
  }
  const { createReadStream } = process.getBuiltinModule('node:fs');
  const stream = createReadStream(path, { encoding: 'utf8', start, end: end - 1, highWaterMark: 1 << 16 });
  let rest = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') {
    yield rest;
  }
}

/** Returns the object in a JSON file, or an empty one if the file does not exist. */
export async function readObject(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await process.getBuiltinModule('node:fs/promises').readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') {
      return {};
    }
    throw thrown;
  }
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {};
  } catch (cause) {
    throw new CallFluentError(`calls.export: ${JSON.stringify(path)} is not a file of an export; remove it`, { cause });
  }
}

/** Replaces a file as a whole. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { open, rename } = process.getBuiltinModule('node:fs/promises');
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
