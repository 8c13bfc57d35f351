// IDs of the calls of one agent that an earlier run of an export wrote, eight bytes for each, and
// the latest calls of this run. A call that moves to a later page is written once.

import { lines } from './export-text';

/** Calls of this run that are remembered. New calls move others to the next page only. */
const LATEST = 30_000;

/** Calls that need not be written again. */
export class KnownCalls {
  readonly #earlier: BigInt64Array;
  /** Two generations: the older one is dropped when the newer one is full. */
  #before = new Set<unknown>();
  #latest = new Set<unknown>();

  constructor(earlier: BigInt64Array = new BigInt64Array(0)) {
    this.#earlier = earlier.sort();
  }

  /** Returns the calls in a part of a JSONL file. */
  static async of(path: string, start: number, end: number): Promise<KnownCalls> {
    let keys = new BigInt64Array(1_024);
    let count = 0;
    for await (const line of lines(path, start, end)) {
      if (count === keys.length) {
        const larger = new BigInt64Array(2 * count);
        larger.set(keys);
        keys = larger;
      }
      keys[count] = keyOf((JSON.parse(line) as { id?: unknown }).id);
      count += 1;
    }
    return new KnownCalls(keys.slice(0, count));
  }

  has(id: unknown): boolean {
    if (this.#latest.has(id) || this.#before.has(id)) {
      return true;
    }
    if (this.#earlier.length === 0) {
      return false;
    }
    const key = keyOf(id);
    let [low, high] = [0, this.#earlier.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#earlier[middle] as bigint) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.#earlier[low] === key;
  }

  /** Remembers a call of this run. */
  add(id: unknown): void {
    this.#latest.add(id);
    if (this.#latest.size >= LATEST) {
      [this.#before, this.#latest] = [this.#latest, new Set()];
    }
  }
}

/** Returns 64 bits that stand for an ID. */
function keyOf(id: unknown): bigint {
  if (typeof id === 'number' && Number.isSafeInteger(id)) {
    return BigInt(id);
  }
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(`${typeof id} ${String(id)}`).digest().readBigInt64BE();
}
