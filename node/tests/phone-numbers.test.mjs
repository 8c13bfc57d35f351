// The list of phone numbers: its numbers, and those that no agent uses.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sandbox } from './support/package.mjs';

test('a list of phone numbers has its free numbers', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  const { phone_number: used } = await sandbox.addAgent({ format: 'outbound' });
  const list = await sandbox.client().phoneNumbers.list(1, 'outbound');
  assert.ok(Object.hasOwn(list.inUse, used));
  assert.equal(list.free.length, list.numbers.length - 1);
  assert.ok(list.free.every(({ number }) => number !== used));
});

test('a list of phone numbers is a sequence and a plain object', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  const list = await sandbox.client().phoneNumbers.list(1, 'outbound');
  assert.ok(list.numbers.length > 0);
  assert.deepEqual([...list], list.numbers);
  assert.deepEqual(list, { numbers: list.numbers, inUse: list.inUse });
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(list))).sort(), ['inUse', 'numbers']);
});
