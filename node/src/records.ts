// Records that users pass: reads their fields, and refuses objects whose data would be lost.

import type { FieldError } from './field-error';

/** Key under which arguments keep an error about themselves. */
export const INVALID = Symbol('invalid');

/**
 * Returns the fields of a record, or an object with an error under {@link INVALID}.
 *
 * @param name - Name of the argument.
 * @param example - Name of a field, for the error message.
 * @param value - What the user passed: an object, a Map, or an object with `toJSON`.
 */
export function fields(name: string, example: string, value: unknown): object {
  try {
    return readFields(name, example, value);
  } catch (thrown) {
    return invalidRecord(name, `cannot be read: ${messageOf(thrown)}`);
  }
}

function readFields(name: string, example: string, value: unknown): object {
  if (value === undefined) {
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalidRecord(name, `expected an object such as { ${example}: ... }, got ${typeName(value)}`);
  }
  const { toJSON } = value as { toJSON?: unknown };
  const record: unknown = typeof toJSON === 'function' ? toJSON.call(value, '') : value;
  if (isTagged(record, 'Map') && [...(record as Map<unknown, unknown>).keys()].every((key) => typeof key === 'string')) {
    return Object.fromEntries(record as Map<string, unknown>);
  }
  return holdsFields(record)
    ? { ...record }
    : invalidRecord(name, `expected an object such as { ${example}: ... }, got ${typeName(record)}`);
}

function invalidRecord(field: string, reason: string): object {
  return { [INVALID]: { field, reason } satisfies FieldError };
}

/** Returns whether the data of an object is in its own enumerable properties. */
export function holdsFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  if (isPlain(value)) {
    return typeof (value as { then?: unknown }).then !== 'function';
  }
  return isTagged(value, 'Object') && !(Symbol.iterator in value) && !('then' in value) && Object.keys(value).length > 0;
}

/** Returns whether an object is a literal, in any realm: Jest runs tests in one of its own. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns whether a value is of a built-in class, in any realm. */
export function isTagged(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}

/** Returns the type of a value, without its content: it may be a key. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  if (typeof value !== 'object') {
    return `a ${typeof value}`;
  }
  if (typeof (value as { then?: unknown }).then === 'function') {
    return 'a promise; await it first';
  }
  const { constructor } = value as { constructor?: unknown };
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === 'Object' || name === '' ? 'an object' : `an object of class ${name}`;
}

/** Returns a number, or the beginning of a string, for an error; otherwise the name of the type. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return `the string ${JSON.stringify(value.slice(0, 40))}`;
  }
  return typeof value === 'number' ? String(value) : typeName(value);
}

/** Returns the message of a thrown value, which can be anything. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return `a thrown ${typeof thrown}`;
  }
}
