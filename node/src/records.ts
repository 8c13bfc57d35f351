// The fields of an argument that holds them by name, taken from whatever was given, and how to speak of what was given.

import type { FieldError } from './errors';

/** Where arguments have what is wrong with them as a whole. */
export const PROBLEM = Symbol('problem');

/**
 * The fields of an argument that holds them by name. Of text, numbers and lists an object has no fields, or wrong ones, and
 * the call would be sent without them.
 *
 * @param name - What the argument is called.
 * @param first - The name of a field, for the error's sentence.
 */
export function fields(name: string, first: string, value: object | null | undefined): object {
  if ((typeof value === 'object' && !Array.isArray(value)) || value === undefined) {
    try {
      return { ...value };
    } catch (thrown) {
      return { [PROBLEM]: { field: name, reason: `cannot be read: ${said(thrown)}` } satisfies FieldError };
    }
  }
  const reason = `expected an object of fields by name, such as { ${first}: ... }, got ${described(value)}`;
  return { [PROBLEM]: { field: name, reason } satisfies FieldError };
}

/** What a value is, without what it holds: it may be a key. */
export function described(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  const kinds: Readonly<Record<string, string>> = { object: 'an object', string: 'text', undefined: 'nothing' };
  return value === null ? 'null' : (kinds[typeof value] ?? `a ${typeof value}`);
}

/** What somebody threw, which may be anything. */
export function said(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return described(thrown);
  }
}
