// Arguments that JSON cannot hold are refused with the path of the field; nothing is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

import { callfluent } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { InvalidRequestError } = callfluent;

class Money {
  #amount = 1;
  amount() {
    return this.#amount;
  }
}
class Row {
  constructor(values) {
    Object.assign(this, values);
  }
}

async function recorder(context) {
  const server = await serve((_, response) => json(response, { status: true, data: { id: 1 } }));
  context.after(server.close);
  return server;
}

async function rejection(promise) {
  return promise.then(
    (value) => assert.fail(`no error but ${JSON.stringify(value)}`),
    (reason) => reason,
  );
}

const start = (client, more) => client.calls.start(7, { phoneNumber: '+15550001234', ...more });
const body = (server) => JSON.parse(server.recorded.at(-1).body);

test('a value that JSON cannot hold is refused with its path', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  for (const [value, reason] of [
    [Promise.resolve('Acme'), /is a promise; await it first/],
    [{ then: () => {} }, /is a promise; await it first/],
    [() => 'Acme', /got a function/],
    [Symbol('s'), /got a symbol/],
    [new Money(), /got an object of class Money; pass a plain object, or add toJSON/],
    [new Row({ name: 'Acme' }), /got an object of class Row/],
    [new WeakMap(), /class WeakMap/],
    [/x/, /class RegExp/],
    [new Error('x'), /class Error/],
    [new ArrayBuffer(2), /class ArrayBuffer/],
    [new URLSearchParams('a=1'), /class URLSearchParams/],
    [new Blob(['a']), /class Blob/],
    [new Map([[1, 2]]), /expected string keys in a Map/],
    [new Date(Number.NaN), /is an invalid date/],
    [{ toJSON: () => undefined }, /its toJSON returned undefined/],
    [Number.NaN, /expected a number, got NaN/],
    [2 ** 60, /not a safe integer/],
    ['half \ud800', /lone surrogate/],
  ]) {
    for (const [path, holder] of [['company', value], ['company.deep[1].value', { deep: [1, { value }] }]]) {
      const error = await rejection(start(client, { company: holder }));
      assert.equal(error.constructor, InvalidRequestError, error.stack);
      assert.deepEqual(error.fieldErrors.map(({ field }) => field), [path]);
      assert.match(error.fieldErrors[0].reason, reason);
      assert.match(error.message, /^calls\.start: invalid arguments \(not sent\): company/);
    }
  }
  assert.equal(server.recorded.length, 0);
});

test('every invalid value of a request is listed', async (context) => {
  const server = await recorder(context);
  const error = await rejection(start(server.client(), { a: Promise.resolve(1), b: { c: () => 1 }, d: [undefined] }));
  assert.deepEqual(error.fieldErrors.map(({ field }) => field), ['a', 'b.c', 'd[0]']);
});

test('Map, Set, Date and values of other realms are sent', async (context) => {
  const server = await recorder(context);
  await start(server.client(), {
    map: new Map([['a', new Map([['b', 1]])]]),
    set: new Set([1, 'two']),
    date: new Date(0),
    foreign: runInNewContext('({ list: [1], map: new Map([["x", new Set([2])]]) })'),
    bytes: Buffer.from('hi'),
    big: 10n,
  });
  const { phone_number: _, ...sent } = body(server);
  assert.deepEqual(sent, {
    map: { a: { b: 1 } },
    set: [1, 'two'],
    date: '1970-01-01T00:00:00.000Z',
    foreign: { list: [1], map: { x: [2] } },
    bytes: 'aGk=',
    big: 10,
  });
});

test('a record without fields of its own is refused', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  for (const record of [Promise.resolve({}), new URLSearchParams('tone=Warm'), new Set(['tone']), new Money(), new FormData(), new Date(), () => 1]) {
    const error = await rejection(client.agents.patch(7, record));
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    assert.match(error.message, /changes: expected an object such as \{ name: \.\.\. \}, got /);
  }
  assert.equal(server.recorded.length, 0);
});

test('a Map, a class instance and toJSON are records', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const fields = { phoneNumber: '+15550001234', name: 'Ada' };
  for (const record of [new Map(Object.entries(fields)), new Row(fields), { toJSON: () => fields }]) {
    await client.calls.start(7, record);
    assert.equal(body(server).name, 'Ada');
  }
});

test('options in the wrong place or form are refused', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const { signal } = new AbortController();
  for (const [request, message] of [
    [() => client.workspaces.list(signal), /options: expected an object, got an AbortSignal; pass \{ signal \}/],
    [() => client.calls.list(7, { signal }), /signal: is an AbortSignal; pass it in the last argument/],
    [() => client.workspaces.create('w', { extraBody: new URLSearchParams('a=1') }), /extraBody: expected an object, got an object of class URLSearchParams/],
    [() => client.workspaces.create('w', { extraBody: { a: Promise.resolve() } }), /a: is a promise/],
    [() => client.workspaces.create('w', new Map()), /options: expected an object/],
    [() => client.workspaces.create('w', Promise.resolve({})), /got a promise; await it first/],
  ]) {
    const error = await rejection(request());
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    assert.match(error.message, message);
  }
  assert.equal(server.recorded.length, 0);
  await client.workspaces.create('w', { extraBody: new Map([['crm', 7]]) });
  assert.equal(body(server).crm, 7);
});
