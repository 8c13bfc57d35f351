// Checks of objects with options: each option has a name that is known, and a value of its type. An
// unknown name is an error, so that nothing that a user passes vanishes.

import { invalid, isWellFormed, LONE_SURROGATE } from './arguments';
import type { FieldError, InvalidRequestError } from './errors';
import { suggestion } from './names';
import { holdsFields, isTagged, messageOf, shown, typeName } from './records';

/** Returns why a value is invalid. */
export type Check = (value: unknown) => string | undefined;
/** Checks of options by name. Each returns why a value is invalid. */
export type Checks = Readonly<Record<string, Check>>;
/** Returns why a name is not an option here, if it is known elsewhere. */
export type Elsewhere = (name: string) => string | undefined;

/** Accepts any value, which is checked elsewhere. */
export const anything: Check = () => undefined;
/** Checks a string. */
export const text: Check = (value) =>
  typeof value !== 'string' ? `expected a string, got ${typeName(value)}` : isWellFormed(value) ? undefined : LONE_SURROGATE;
/** Checks a boolean. */
export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : `expected true or false, got ${typeName(value)}`);
/** Returns a check of integers up to a limit. */
export const wholeUpTo =
  (limit: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= limit
      ? undefined
      : `expected an integer of 0 or more, got ${shown(value)}`;
/** Checks a number of things. */
export const count: Check = wholeUpTo(4_294_967_295);
/** Checks a number above 0. */
export const positive: Check = (value) =>
  typeof value === 'number' && value > 0 ? undefined : `expected a number above 0, got ${shown(value)}`;
/** Checks a timeout in milliseconds. */
export const milliseconds: Check = (value) =>
  typeof value === 'number' && value > 0
    ? undefined
    : `expected milliseconds: a number above 0, or Infinity, got ${shown(value)}`;
/** Checks milliseconds that end. */
export const finite: Check = (value) =>
  typeof value === 'number' && value > 0 && value < Infinity
    ? undefined
    : `expected milliseconds: a number above 0, got ${shown(value)}`;
/** Checks an object of any class. */
export const object: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : `expected an object, got ${typeName(value)}`;
/** Checks an object with fields. */
export const body: Check = (value) =>
  isTagged(value, 'Map') || holdsFields(value) ? undefined : `expected an object, got ${typeName(value)}`;
/** Checks headers by name. */
export const headers: Check = (value) => {
  if (!holdsFields(value)) {
    return `expected an object such as { name: 'value' }, got ${typeName(value)}; convert it with Object.fromEntries`;
  }
  if (!Object.values(value).every((header) => typeof header === 'string')) {
    return 'expected strings as values';
  }
  return Object.entries(value).flat().every(isWellFormed) ? undefined : LONE_SURROGATE;
};
/** Checks a signal by its methods: its class differs between the realms of test runners. */
export const signal: Check = (value) => (isSignal(value) ? undefined : `expected an AbortSignal, got ${typeName(value)}`);

/**
 * Returns a copy of the options.
 *
 * @param what - Operation or function, for errors.
 * @param example - Example of the options, for errors.
 * @param elsewhere - Returns the place that an unknown name belongs to.
 * @throws {@link InvalidRequestError} A name is unknown, or a value is invalid.
 */
export function checked<T extends object>(
  what: string,
  options: T,
  checks: Checks,
  example = '{ timeout: 10_000 }',
  elsewhere?: Elsewhere,
): T {
  const given = readOptions(what, options, example);
  const errors = errorsOf(given, checks, elsewhere);
  if (errors.length > 0) {
    throw invalid(what, errors);
  }
  return given;
}

/** Returns a copy of the options: a getter must not return another value after the check. */
export function readOptions<T extends object>(what: string, options: T, example: string): T {
  const refuse = (reason: string): InvalidRequestError => invalid(what, [{ field: 'options', reason }]);
  const read = guarded(() => {
    if (isSignal(options)) {
      return 'expected an object, got an AbortSignal; pass { signal }';
    }
    return holdsFields(options) ? { ...options } : `expected an object such as ${example}, got ${typeName(options)}`;
  });
  if (typeof read === 'string') {
    throw refuse(read);
  }
  return read;
}

/** Returns the errors of options, also of those that have no check. */
export function errorsOf(options: object, checks: Checks, elsewhere?: Elsewhere): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const reason =
      value === undefined
        ? undefined
        : check === undefined
          ? (elsewhere?.(name) ?? `unknown option${suggestion(name, Object.keys(checks))}`)
          : guarded(() => check(value));
    if (reason !== undefined) {
      errors.push({ field: name, reason });
    }
  }
  return errors;
}

function isSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as { aborted?: unknown; addEventListener?: unknown };
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** Returns the result, or why a value cannot be read: reading it can run code of the user. */
function guarded<T>(read: () => T): T | string {
  try {
    return read();
  } catch (thrown) {
    return `cannot be read: ${messageOf(thrown)}`;
  }
}
