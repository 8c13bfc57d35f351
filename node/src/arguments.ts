// Arguments as JSON text: bytes as base64, and numbers in such a way that none changes silently on its way.

import { InvalidRequestError, outside, type FieldError } from './errors';
import { PROBLEM, said } from './records';

/** Throws where `fields` found what it cannot read. */
export function refuseUnreadable(operation: string, values: object): void {
  const problem = (values as { [PROBLEM]?: FieldError })[PROBLEM];
  if (problem !== undefined) {
    throw invalid(operation, [problem]);
  }
}

/** Writes the arguments of an operation as JSON text. */
export function encode(operation: string, values: object): string {
  let text: string | undefined;
  try {
    refuseUnreadable(operation, values);
    text = written(operation, values);
  } catch (thrown) {
    // What stands in a ring, or code of the user's that is run to write it.
    throw thrown instanceof InvalidRequestError
      ? thrown
      : invalid(operation, [{ field: 'arguments', reason: `cannot be written as JSON: ${said(thrown)}` }]);
  }
  if (text === undefined) {
    throw invalid(operation, [{ field: 'arguments', reason: 'have a toJSON that makes nothing of them' }]);
  }
  return text;
}

function written(operation: string, values: object): string | undefined {
  // Most calls have an id or two, and nothing that needs a closer look.
  if (areAllPlain(values)) {
    return JSON.stringify(values);
  }
  const problems: FieldError[] = [];
  const path: { holder: unknown; name: string }[] = [];
  const text: string | undefined = JSON.stringify(values, function (this: unknown, key: string, value: unknown): unknown {
    // What `toJSON` has made of bytes is an object of numbers: look at what stands there itself.
    const held = (this as Record<string, unknown>)[key];
    if (ArrayBuffer.isView(held)) {
      return Buffer.from(held.buffer, held.byteOffset, held.byteLength).toString('base64');
    }
    if (typeof held === 'bigint') {
      const number = Number(held);
      return Number.isSafeInteger(number) ? number : String(held);
    }
    while (path.length > 0 && path[path.length - 1]?.holder !== this) {
      path.pop();
    }
    const name = nameWithin(path[path.length - 1]?.name ?? '', key, Array.isArray(this));
    if (typeof held === 'number' && (!Number.isFinite(held) || (Number.isInteger(held) && !Number.isSafeInteger(held)))) {
      problems.push({ field: name, reason: reasonAgainst(held) });
    } else if (typeof value === 'string' && !isWellFormed(value)) {
      problems.push({ field: name, reason: HALF_A_CHARACTER });
    } else if (typeof value === 'object' && value !== null) {
      path.push({ holder: value, name });
    }
    return value;
  });
  if (problems.length > 0) {
    throw invalid(operation, problems);
  }
  return text;
}

function areAllPlain(values: object): boolean {
  for (const name in values) {
    const value: unknown = (values as Record<string, unknown>)[name];
    const kind = typeof value;
    if (kind === 'string' && !isWellFormed(value as string)) {
      return false;
    }
    if (kind !== 'string' && kind !== 'boolean' && kind !== 'undefined' && !Number.isSafeInteger(value)) {
      return false;
    }
  }
  return true;
}

/** What is wrong with text that UTF-8 has no bytes for. */
export const HALF_A_CHARACTER = 'holds half of a character (a lone surrogate): the text was cut within an emoji or the like';

/** Whether text can be sent: it has no half of a surrogate pair. Its engine's own check takes next to no time. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function nameWithin(outer: string, key: string, inList: boolean): string {
  const name = inList ? `[${key}]` : camelCase(key);
  return outer === '' || inList ? outer + name : `${outer}.${name}`;
}

function reasonAgainst(number: number): string {
  return Number.isFinite(number)
    ? `${number} is beyond the whole numbers that JavaScript holds exactly: give its digits as text or as a bigint`
    : `expected a number, got ${number}`;
}

/** A name of the catalogue as it is called here. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What is told to be wrong where a client is made, rather than an operation called. */
export const CLIENT = 'client';

/** The error for arguments or options that cannot be sent. */
export function invalid(what: string, problems: readonly FieldError[]): InvalidRequestError {
  const listed = problems.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  const failed = what === CLIENT ? 'invalid client configuration' : `${camelCase(what)}: invalid arguments (not sent)`;
  return outside(new InvalidRequestError({ message: `${failed}: ${listed}`, problems }));
}
