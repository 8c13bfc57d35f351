// IDs of the sandbox. The client returns IDs as numbers or strings; the sandbox takes numbers.

import { invalid } from './arguments';
import { CallFluentError, outside } from './errors';
import { fields, typeName } from './records';
import type { IdOrObject } from './sandbox-types';

/**
 * Returns the number of an ID.
 *
 * @param name - Name of the argument, for the error.
 */
export function idOf(name: string, value: IdOrObject): number {
  const id: unknown = typeof value === 'object' && value !== null ? value.id : value;
  const isDigits = typeof id === 'number' || typeof id === 'bigint' || (typeof id === 'string' && /^\d+$/.test(id));
  const number = isDigits ? Number(id) : NaN;
  if (!Number.isSafeInteger(number) || number < 0) {
    const shown = typeof id === 'string' ? JSON.stringify(id.slice(0, 40)) : isDigits ? String(id) : typeName(id);
    throw outside(new CallFluentError(`${name}: expected an ID or an object with an \`id\`, got ${shown}`));
  }
  return number;
}

/**
 * Returns the fields that a user passed, with the ID of the object that they belong to.
 *
 * @param method - Method of the sandbox, for errors.
 * @param kind - `agent` or `call`.
 * @throws {@link InvalidRequestError} The fields contain the ID, too.
 */
export function fieldsWithId(method: string, kind: 'agent' | 'call', of: IdOrObject, given: object): object {
  const name = `${kind}Id`;
  if (Object.hasOwn(given, name)) {
    throw invalid(method, [{ field: name, reason: `is given twice, also as ${kind}` }]);
  }
  return { ...fields('fields', 'phoneNumber', given), [name]: idOf(kind, of) };
}
