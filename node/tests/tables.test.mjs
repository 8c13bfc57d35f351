// Lists as columns: typed arrays, and tables of the user's `apache-arrow`.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as arrow from 'apache-arrow';

import { callfluent, Sandbox } from './support/package.mjs';
import { json, serve } from './support/server.mjs';
import { vectors } from './support/vectors.mjs';

const { APIStatusError, InvalidRequestError, toArrow, toColumns, toValues } = callfluent;
const CASES = vectors('cases', 'tables');

/** Serves calls in pages. */
async function calls(context, pages) {
  const server = await serve((_, response, { query }) => {
    const page = pages[Number(query.page ?? 1) - 1] ?? [];
    return Array.isArray(page) ? json(response, { status: true, data: page }) : json(response, page.body, page.status);
  });
  context.after(server.close);
  return { server, client: server.client({ maxRetries: 0 }) };
}

/** Returns the rows as the shared cases have them. */
function rows(columns) {
  const values = Object.values(columns).map((column) =>
    column.type === 'timestamp'
      ? Array.from({ length: column.length }, (_, row) => (toValues(column)[row] === null ? null : Number(column.values[row])))
      : toValues(column),
  );
  const count = Object.values(columns)[0].length;
  return Array.from({ length: count }, (_, row) => values.map((column) => column[row]));
}

for (const { name, types, records, columns, rows: expected } of CASES) {
  test(`shared case: ${name}`, async (context) => {
    const { client } = await calls(context, [records]);
    const options = types === null ? {} : { columns: types };
    const found = await client.calls.list(7).toColumns(options);
    assert.deepEqual(Object.entries(found).map(([column, { type }]) => [column, type]), columns);
    assert.deepEqual(rows(found), expected);
    // The same records, read before.
    assert.deepEqual(toColumns((await client.calls.list(7)).items, { ...options, type: 'Call' }), found);
    const table = toArrow(arrow, found);
    assert.equal(table.numRows, expected.length);
    const text = (value) => (typeof value === 'bigint' ? Number(value) : value);
    table.schema.fields.forEach((field, index) => {
      if (arrow.DataType.isTimestamp(field.type)) {
        assert.equal(String(field.type), 'Timestamp<MICROSECOND, UTC>');
        return;
      }
      const cells = Array.from({ length: table.numRows }, (_, row) => text(table.getChildAt(index).get(row)));
      assert.deepEqual(cells, expected.map((row) => row[index]), field.name);
    });
  });
}

test('columns are typed arrays with a validity bitmap', async (context) => {
  const { client } = await calls(context, [[{ id: 1, duration: 5, status: 'a' }], [{ id: 2, duration: null, status: 'bc' }]]);
  const { id, duration, status } = await client.calls.list(7).toColumns();
  assert.deepEqual(id, { type: 'int64', length: 2, nullCount: 0, validity: Uint8Array.of(3), values: BigInt64Array.of(1n, 2n) });
  assert.deepEqual(duration.values, Float64Array.of(5, 0));
  assert.deepEqual([duration.nullCount, duration.validity], [1, Uint8Array.of(1)]);
  assert.deepEqual([status.offsets, status.values], [Int32Array.of(0, 1, 3), Uint8Array.from(Buffer.from('abc'))]);
});

test('an empty list has the documented columns', async (context) => {
  const { client } = await calls(context, []);
  const found = await client.calls.list(7).toColumns({ columns: { duration: 'float64' } });
  const columns = Object.entries(found).map(([name, { type, length }]) => [name, type, length]);
  assert.deepEqual(columns, [['id', 'int64', 0], ['duration', 'float64', 0], ['extra', 'json', 0]]);
  assert.equal(toArrow(arrow, found).numRows, 0);
});

test('all pages are in the table, and progress is reported', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const wanted = [];
  for await (const call of client.calls.list(1001)) wanted.push(call.id);
  const seen = [];
  const { id } = await client.calls.list(1001, {}, { onProgress: (progress) => seen.push(progress) }).toColumns();
  assert.deepEqual(toValues(id), wanted);
  assert.deepEqual(seen.at(-1), { pages: seen.length, items: wanted.length });
  const iterated = [];
  for await (const _ of client.calls.list(1001, {}, { onProgress: (progress) => iterated.push(progress) }));
  assert.deepEqual(iterated, seen);
  const later = await client.calls.list(1001).fromPage(2).toColumns();
  assert.deepEqual(toValues(later.id), wanted.slice(seen[0].items));
});

test('the records of every list are columns', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const agents = client.agents.list(1);
  const columns = await agents.toColumns();
  assert.deepEqual(toValues(columns.id), (await agents).map(({ id }) => id));
  assert.deepEqual([columns.callRecording.type, columns.contextMaxTokens.type, columns.name.type], ['boolean', 'int64', 'string']);
  assert.deepEqual(Object.keys(await agents), Object.keys([...(await agents)]));
  const numbers = await client.phoneNumbers.list(1, 'outbound').toColumns();
  assert.deepEqual(toValues(numbers.number), [...(await client.phoneNumbers.list(1, 'outbound'))].map(({ number }) => number));
  const workspaces = await client.workspaces.list().toArrow(arrow);
  assert.deepEqual(workspaces.toArray().map(({ name }) => name), (await client.workspaces.list()).map(({ name }) => name));
  const { files } = await client.agents.get(1001);
  assert.equal(toColumns(files, { type: 'KnowledgeFile' }).id.length, files.length);
  assert.equal(arrow.tableFromIPC(arrow.tableToIPC(await agents.toArrow(arrow))).numRows, (await agents).length);
});

test('an error of a page is an error of the table', async (context) => {
  const { client } = await calls(context, [[{ id: 1 }], { status: 500, body: { status: false, error: 'broken' } }]);
  await assert.rejects(
    async () => await client.calls.list(7).toColumns(),
    (error) => error instanceof APIStatusError && /broken/.test(error.message) && /tables\.test\.mjs/.test(error.stack),
  );
});

test('invalid options of a table send nothing', async (context) => {
  const { server, client } = await calls(context, []);
  for (const [use, expected] of [
    [() => client.calls.list(7).toColumns({ columns: { duration: 'float' } }), 'columns.duration: expected int64, float64'],
    [() => client.calls.list(7).toColumns({ columns: [] }), 'columns: expected an object'],
    [() => client.calls.list(7, {}, { onProgress: 5 }).toColumns(), 'onProgress: expected a function'],
    [async () => toColumns([5]), 'records: expected objects, got a number'],
    [() => client.calls.list(7).toColumns({ columns: { extra: 'json' } }), 'columns.extra: is added to each table'],
  ]) {
    await assert.rejects(async () => await use(), (error) => {
      assert.ok(error instanceof InvalidRequestError && error.message.includes(expected), error);
      return true;
    });
  }
  assert.equal(server.recorded.length, 0);
});

test('a callback that throws ends a list', async (context) => {
  const { server, client } = await calls(context, [[{ id: 1 }], [{ id: 2 }], [{ id: 3 }]]);
  const options = { onProgress: ({ pages }) => { if (pages === 2) throw new RangeError('stop'); } };
  await assert.rejects(async () => { for await (const _ of client.calls.list(7, {}, options)); }, RangeError);
  assert.equal(server.recorded.length, 2);
});
