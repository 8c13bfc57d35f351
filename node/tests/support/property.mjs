// Properties: what must hold of anything that is given or answered, tried with values that a
// library draws. The same ones are drawn each time; `CALLFLUENT_SOAK` draws more.
import fc from 'fast-check';

import { length } from './scale.mjs';

const SEED = 20;

/** Tries whether something holds of what is drawn; what it fails for is made small and printed. */
export function holds(drawn, property, share = 1) {
  const numRuns = Math.ceil(length(100, 3_000) * share);
  return fc.assert(fc.asyncProperty(...drawn, property), { seed: SEED, numRuns, endOnFailure: false });
}

/** Characters that are special in paths, headers and file names. */
const PIECES = [
  '/', '\\', '.', '..', '%', '%2F', '%2e', '?', '#', '&', '=', ':', ';', '@', ' ', '\t', '\r\n', '\n', '\r', '\0', '\x1f', '\x7f', '\u0085',
  '\u2028', '\ufeff', '\u{1f600}', 'é', 'e\u0301', '\u202e', '\ud800', '\udfff', '\udc00\ud800', 'a', 'Z', '7', '-', '_', '~', '"', "'", '<',
  '{', '|', '`', '^', '--', '\r\n\r\n',
];

/** Any string: all kinds of characters, lone surrogates, special characters. */
export const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ unit: 'binary-ascii', maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

const thrower = () => {
  throw new Error('code of the user that fails');
};

/** Values that the library does not generate: cycles, getters that throw, impostors. */
const ODD = [
  () => Symbol('odd'),
  () => () => {},
  () => {
    const ring = {};
    ring.ring = ring;
    return ring;
  },
  () => ({ toJSON: thrower }),
  () => ({ toJSON: () => undefined }),
  () => ({ get name() { return thrower(); } }),
  () => ({ toString: thrower, [Symbol.toPrimitive]: thrower }),
  () => ({ data: 'a', get name() { return thrower(); } }),
  () => new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower }),
  () => new Proxy([], { get: thrower, ownKeys: thrower, has: thrower }),
  () => new Proxy({}, { getPrototypeOf: thrower }),
  () => Promise.resolve(1),
  () => new Date(Number.NaN),
  () => new Map([['a', 1]]),
  () => /a/,
  () => new WeakMap(),
  () => new URL('file://elsewhere/a'),
  () => new URL('file:///a%2Fb'),
  () => new ArrayBuffer(3),
  () => {
    const detached = new ArrayBuffer(3);
    structuredClone(detached, { transfer: [detached] });
    return detached;
  },
  () => Object.create(null),
  () => globalThis,
  () => new Array(3),
  () => 10n ** 40n,
  () => -0,
  () => ({ __proto__: null, toJSON: 1 }),
  () => JSON.parse('{"__proto__": {"name": 1}}'),
];

const KINDS = ['BigInt', 'Date', 'Map', 'Set', 'TypedArray', 'NullPrototype', 'SparseArray', 'BoxedValues'];

/** Any value, as a function that makes it: the library cannot hold values that throw. */
export const anything = fc.oneof(
  { weight: 3, arbitrary: fc.anything(Object.fromEntries(KINDS.map((kind) => [`with${kind}`, true]))).map((value) => () => value) },
  { weight: 1, arbitrary: text.map((value) => () => value) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD) },
);

export { fc };
