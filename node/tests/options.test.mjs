// Options of clients: all errors at once, suggestions for names, and keys that were copied badly.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent, CallFluent } from './support/package.mjs';

const { InvalidRequestError } = callfluent;

function thrownBy(options) {
  try {
    new CallFluent(options);
  } catch (error) {
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    return error;
  }
  return assert.fail('no error');
}

test('all invalid options are reported at once', () => {
  const error = thrownBy({ apiKey: 'k', baseUrl: 'nowhere', timeout: -1, maxRetrys: 1, proxy: 7 });
  assert.deepEqual(error.fieldErrors.map(({ field }) => field).sort(), ['baseUrl', 'maxRetrys', 'proxy', 'timeout']);
  assert.match(error.stack.split('\n')[1], /options\.test\.mjs/);
});

test('a misspelled option is reported with the nearest name', () => {
  for (const [name, nearest] of [['maxRetrys', 'maxRetries'], ['api_key', 'apiKey'], ['baseURL', 'baseUrl'], ['time_out', 'timeout']]) {
    assert.match(thrownBy({ apiKey: 'k', [name]: 1 }).message, new RegExp(`${name}: unknown option; did you mean ${nearest}\\?`));
  }
  assert.match(thrownBy({ apiKey: 'k', banana: 1 }).message, /banana: unknown option; known: apiKey, baseUrl/);
});

test('a key that was copied with more is refused', () => {
  for (const [apiKey, reason] of [
    ['Bearer secret-key', /apiKey: starts with "Bearer"/],
    ['"secret-key"', /apiKey: is in quotes/],
    ["'secret-key'", /apiKey: is in quotes/],
    ['secret-k\u00e4y', /apiKey: contains a character that is not ASCII/],
    ['secret key', /apiKey: contains white space/],
    ['\ufeffsecret-key', /apiKey: starts with a byte order mark/],
  ]) {
    const error = thrownBy({ apiKey });
    assert.match(error.message, reason);
    assert.ok(!error.message.includes('secret-key'));
  }
});
