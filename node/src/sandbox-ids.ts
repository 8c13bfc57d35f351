// IDs of the sandbox. The client returns IDs as numbers or strings; the sandbox takes numbers.

import { CallFluentError, outside } from './errors';
import { typeName } from './records';
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
