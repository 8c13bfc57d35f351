// A list of phone numbers: iteration over its numbers, and those that no agent uses.

import type { PhoneNumber, PhoneNumberList } from './generated/models';

/**
 * Adds what follows from the fields of a list. It is not enumerable: the result stays a plain
 * object for JSON, comparisons and copies.
 */
export function asSequence(list: PhoneNumberList): PhoneNumberList {
  return Object.defineProperties(list, {
    free: {
      get(this: PhoneNumberList): PhoneNumber[] {
        return this.numbers.filter(({ number }) => typeof number === 'string' && !Object.hasOwn(this.inUse, number));
      },
    },
    [Symbol.iterator]: {
      value(this: PhoneNumberList): IterableIterator<PhoneNumber> {
        return this.numbers.values();
      },
    },
  });
}
