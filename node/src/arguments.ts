// Encodes arguments as JSON. A value that JSON cannot hold is refused with the path of its field:
// JSON.stringify would drop it or send `{}`, and a person would be called with that.

import { InvalidRequestError, outside, type FieldError } from './errors';
import { camelCase } from './names';
import { INVALID, isPlain, isTagged, messageOf, typeName } from './records';

/** Name in errors about the options of a client, instead of an operation. */
export const CLIENT = 'client';

/** Reason against a string with an unpaired surrogate, which UTF-8 cannot encode. */
export const LONE_SURROGATE = 'contains a lone surrogate: the string was cut inside an emoji or a similar character';

/** The option that JSON cannot hold. The core knows the others. */
const CALLBACK = 'onProgress';
/** Reason against an option among the arguments. */
export const MISPLACED = 'is an option, which is passed in the argument after this one';

/** Throws if {@link fields} could not read a record. */
export function refuseInvalid(operation: string, values: object): void {
  const error = (values as { [INVALID]?: FieldError })[INVALID];
  if (error !== undefined) {
    throw invalid(operation, [error]);
  }
}

/** Encodes the arguments of an operation as JSON. */
export function encode(operation: string, values: object): string {
  try {
    refuseInvalid(operation, values);
    // Most requests have an ID or two, which need no closer look.
    return isAllPlain(values) ? JSON.stringify(values) : encodeChecked(operation, values);
  } catch (thrown) {
    // A circular value, or an error of a getter or `toJSON`.
    throw thrown instanceof InvalidRequestError
      ? thrown
      : invalid(operation, [{ field: 'arguments', reason: `cannot be encoded as JSON: ${messageOf(thrown)}` }]);
  }
}

function encodeChecked(operation: string, values: object): string {
  const errors: FieldError[] = [];
  const path: { holder: unknown; name: string }[] = [];
  const text: string | undefined = JSON.stringify(values, function (this: unknown, key: string, value: unknown): unknown {
    const given = (this as Record<string, unknown>)[key];
    while (path.length > 0 && path[path.length - 1]?.holder !== this) {
      path.pop();
    }
    const name = fieldPath(path[path.length - 1]?.name ?? '', key, Array.isArray(this));
    // `toJSON` of a Buffer returns an object of numbers.
    if (ArrayBuffer.isView(given)) {
      return Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString('base64');
    }
    if (typeof given === 'bigint') {
      const number = Number(given);
      return Number.isSafeInteger(number) ? number : String(given);
    }
    const reason = name === CALLBACK && typeof given === 'function' ? MISPLACED : refusal(given, value, Array.isArray(this));
    if (reason !== undefined) {
      errors.push({ field: name === '' ? 'arguments' : name, reason });
      return undefined;
    }
    const encoded = isTagged(value, 'Map')
      ? Object.fromEntries(value as Map<string, unknown>)
      : isTagged(value, 'Set')
        ? [...(value as Set<unknown>)]
        : value;
    if (typeof encoded === 'object' && encoded !== null) {
      path.push({ holder: encoded, name });
    }
    return encoded;
  });
  if (errors.length > 0) {
    throw invalid(operation, errors);
  }
  return text ?? '{}';
}

/** Returns why JSON cannot hold a value. `value` is `given`, or what its `toJSON` returned. */
function refusal(given: unknown, value: unknown, inList: boolean): string | undefined {
  if ((value === undefined || value === null) && given !== value) {
    return isTagged(given, 'Date') ? 'is an invalid date' : `its toJSON returned ${String(value)}`;
  }
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? undefined : LONE_SURROGATE;
    case 'number':
      return refusalOfNumber(value);
    case 'undefined':
      return inList ? 'expected a value, got undefined' : undefined;
    case 'object':
      return value === null ? undefined : refusalOfObject(value);
    case 'boolean':
      return undefined;
    default:
      return `expected a value that JSON can hold, got ${typeName(value)}`;
  }
}

function refusalOfNumber(number: number): string | undefined {
  if (!Number.isFinite(number)) {
    return `expected a number, got ${number}`;
  }
  return Number.isInteger(number) && !Number.isSafeInteger(number)
    ? `${number} is not a safe integer: pass its digits as a string or a bigint`
    : undefined;
}

function refusalOfObject(value: object): string | undefined {
  if (typeof (value as { then?: unknown }).then === 'function') {
    return 'is a promise; await it first';
  }
  if (Array.isArray(value) || isPlain(value) || ['Set', 'String', 'Number', 'Boolean'].some((tag) => isTagged(value, tag))) {
    return undefined;
  }
  if (isTagged(value, 'Map')) {
    const hasNames = [...(value as Map<unknown, unknown>).keys()].every((key) => typeof key === 'string');
    return hasNames ? undefined : 'expected string keys in a Map';
  }
  if (isTagged(value, 'AbortSignal')) {
    return 'is an AbortSignal; pass it in the last argument, as in { signal }';
  }
  return `expected a value that JSON can hold, got ${typeName(value)}; pass a plain object, or add toJSON`;
}

function isAllPlain(values: object): boolean {
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

/** Returns whether UTF-8 can encode a string. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function fieldPath(outer: string, key: string, inList: boolean): string {
  const name = inList ? `[${key}]` : camelCase(key);
  return outer === '' || inList ? outer + name : `${outer}.${name}`;
}

/** Returns the error for arguments or options that cannot be sent. */
export function invalid(what: string, errors: readonly FieldError[]): InvalidRequestError {
  const listed = errors.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  const failed =
    what === CLIENT ? 'invalid client configuration' : `${camelCase(what)}: invalid arguments (not sent)`;
  return outside(new InvalidRequestError(`${failed}: ${listed}`, { fieldErrors: errors }));
}
