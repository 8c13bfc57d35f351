// Exports of the call history: the file equals `calls.list`, and a run continues an earlier one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

import { callfluent, Sandbox } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';
import { camel, vectors } from './support/vectors.mjs';

const { APIError, InvalidRequestError } = callfluent;
const here = new URL('.', import.meta.url);
const module = JSON.stringify(new URL('support/package.mjs', here).href);
const AGENTS = [1001, 1002];

function folder(context) {
  const path = mkdtempSync(join(tmpdir(), 'callfluent-export-'));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function demo(context) {
  const sandbox = await Sandbox.start({ demo: true, pageSize: 10 });
  context.after(() => sandbox.close());
  return { sandbox, client: sandbox.client({ maxRetries: 0 }) };
}

async function listed(client, agents = AGENTS) {
  const calls = [];
  for (const agentId of agents) {
    for await (const call of client.calls.list(agentId)) calls.push({ ...call, agentId: call.agentId ?? agentId });
  }
  return calls;
}

const exported = (path) => readFileSync(path, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
const idsOf = (path) => exported(path).map(({ id }) => id);

/** Serves pages of calls with these IDs; `null` is an error. `pages` can be replaced. */
async function paged(context, pages, fields = {}) {
  const state = { pages };
  const server = await serve((_, response, { query }) => {
    const ids = state.pages[Number(query.page ?? 1) - 1];
    return ids === null
      ? json(response, { status: false, error: 'broken' }, 500)
      : json(response, { status: true, data: (ids ?? []).map((id) => ({ id, ...fields })) });
  });
  context.after(server.close);
  return { server, state, client: server.client({ maxRetries: 0 }) };
}

test('JSONL equals the lists call by call', async (context) => {
  const { client } = await demo(context);
  const directory = folder(context);
  const path = join(directory, 'calls.jsonl');
  const progress = [];
  const result = await client.calls.export(path, { agentIds: AGENTS, onProgress: (numbers) => progress.push(numbers) });
  const wanted = await listed(client);
  assert.ok(wanted.length > 20);
  assert.deepEqual(exported(path), wanted);
  assert.deepEqual(result, { path, calls: wanted.length, agents: 2 });
  assert.deepEqual(readdirSync(directory), ['calls.jsonl']);
  assert.deepEqual([progress.at(-1).calls, progress.at(-1).totalAgents], [wanted.length, 2]);
});

test('CSV has a column for each field', async (context) => {
  const { client } = await paged(context, [[1, 2]], { text: 'a "b", c\nd', turns: [{ a: 1 }], ok: true, nothing: null });
  const path = join(folder(context), 'calls.csv');
  await client.calls.export(pathToFileURL(path), { agentIds: 7 });
  const cells = '7,"a ""b"", c\nd","[{""a"":1}]",true,';
  assert.equal(readFileSync(path, 'utf8'), `id,agentId,text,turns,ok,nothing\r\n1,${cells}\r\n2,${cells}\r\n`);
});

test('Parquet equals the table of the lists', async (context) => {
  const { client } = await demo(context);
  const path = join(folder(context), 'calls.parquet');
  await client.calls.export(path, { agentIds: AGENTS });
  const file = await asyncBufferFromFile(path);
  const rows = await parquetReadObjects({ file });
  const wanted = await listed(client);
  assert.deepEqual(rows.map(({ id, agentId }) => [Number(id), Number(agentId)]), wanted.map(({ id, agentId }) => [id, agentId]));
  for (const [index, row] of rows.entries()) {
    const call = wanted[index];
    assert.deepEqual([row.duration, row.status], [call.duration ?? null, call.status]);
    const startedAt = call.startedAt ?? call.started_at;
    assert.equal((row.startedAt ?? row.started_at).getTime(), Date.parse(startedAt));
  }
  const { schema } = await parquetMetadataAsync(file);
  const table = await client.calls.list(AGENTS[0]).toColumns();
  const names = schema.slice(1).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name !== 'agentId'), Object.keys(table));
});

test('a Parquet file has given columns', async (context) => {
  const { client } = await demo(context);
  const path = join(folder(context), 'calls.parquet');
  await client.calls.export(path, { agentIds: 1001, columns: { duration: 'float64' } });
  const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(path));
  assert.deepEqual(schema.slice(1).map(({ name }) => name), ['id', 'agentId', 'duration', 'extra']);
});

test('a missing Parquet package is found before sending', async (context) => {
  const { server } = await paged(context, [[1]]);
  const directory = folder(context);
  const hook = `export const resolve = (name, at, next) => { if (name === 'hyparquet-writer') throw new Error('none'); return next(name, at); };`;
  const source = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { CallFluent } = await import(${module});
    const [baseUrl, path] = process.argv.slice(1);
    await new CallFluent({ apiKey: '${KEY}', baseUrl }).calls.export(path, { agentIds: 7 }).catch((error) => console.log(String(error)));`;
  const program = spawn(process.execPath, ['--input-type=module', '--eval', source, server.baseUrl, join(directory, 'calls.parquet')], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await Promise.all([program.stdout.toArray(), once(program, 'exit')]);
  assert.match(Buffer.concat(printed).toString(), /CallFluentError: .* a Parquet file needs hyparquet-writer: npm install hyparquet-writer/);
  assert.deepEqual([server.recorded.length, readdirSync(directory)], [0, []]);
});

test('a workspace is all its agents', async (context) => {
  const { client } = await demo(context);
  const path = join(folder(context), 'calls.jsonl');
  const result = await client.calls.export(path, { workspaceId: 1 });
  const agents = (await client.agents.list(1)).map(({ id }) => id);
  assert.deepEqual(exported(path), await listed(client, agents));
  assert.equal(result.agents, agents.length);
});

test('an export continues after an error', async (context) => {
  const { sandbox, client } = await demo(context);
  const directory = folder(context);
  const path = join(directory, 'calls.jsonl');
  writeFileSync(path, 'the file of yesterday');
  await sandbox.respond({ operation: 'calls.list', status: 500, after: 5, times: 1 });
  await assert.rejects(client.calls.export(path, { agentIds: AGENTS }), APIError);
  assert.equal(readFileSync(path, 'utf8'), 'the file of yesterday');
  await sandbox.clearJournal();
  await client.calls.export(path, { agentIds: AGENTS });
  const agents = (await sandbox.journal()).map((entry) => String(entry.arguments.agentId));
  assert.ok(!agents.includes(String(AGENTS[0])), 'the first agent was finished');
  assert.deepEqual(exported(path), await listed(client));
  assert.deepEqual(readdirSync(directory), ['calls.jsonl']);
});

test('an aborted export continues', async (context) => {
  const { client } = await demo(context);
  const directory = folder(context);
  const path = join(directory, 'calls.jsonl');
  const reason = new Error('stop');
  const controller = new AbortController();
  const onProgress = ({ calls }) => calls >= 20 && controller.abort(reason);
  await assert.rejects(client.calls.export(path, { agentIds: AGENTS, signal: controller.signal, onProgress }), reason);
  assert.ok(!existsSync(path));
  await client.calls.export(path, { agentIds: AGENTS });
  assert.deepEqual(exported(path), await listed(client));
  assert.deepEqual(readdirSync(directory), ['calls.jsonl']);
});

test('an export that wrote no call leaves no file', async (context) => {
  const { client } = await paged(context, [null]);
  const directory = folder(context);
  await assert.rejects(client.calls.export(join(directory, 'calls.jsonl'), { agentIds: 7 }), APIError);
  assert.deepEqual(readdirSync(directory), []);
});

test('two runs of one export at the same time are an error', async (context) => {
  let arrived;
  const waiting = new Promise((resolve) => (arrived = resolve));
  const server = await serve((_, response, { query }) => {
    const respond = (ids) => json(response, { status: true, data: ids.map((id) => ({ id })) });
    if (query.page === '2') arrived(() => respond([2]));
    else respond(query.page === '1' ? [1] : []);
  });
  context.after(server.close);
  const client = server.client();
  const path = join(folder(context), 'calls.jsonl');
  const first = client.calls.export(path, { agentIds: 7 });
  const respond = await waiting;
  await assert.rejects(client.calls.export(path, { agentIds: 7 }), (error) => {
    assert.ok(error instanceof InvalidRequestError, String(error));
    assert.match(error.message, /path: .*\.calls\.jsonl\.part is in use by another run; wait until it ends/);
    return true;
  });
  respond();
  await first;
  assert.deepEqual(idsOf(path), [1, 2]);
});

test('other arguments start a new export', async (context) => {
  const { sandbox, client } = await demo(context);
  const path = join(folder(context), 'calls.jsonl');
  await sandbox.respond({ operation: 'calls.list', status: 500, after: 5, times: 1 });
  await assert.rejects(client.calls.export(path, { agentIds: AGENTS }), APIError);
  await client.calls.export(path, { agentIds: [...AGENTS].reverse() });
  assert.deepEqual(exported(path), await listed(client, [...AGENTS].reverse()));
});

const KILLED = `
  import { CallFluent } from ${module};
  const [baseUrl, path] = process.argv.slice(1);
  await new CallFluent({ apiKey: '${KEY}', baseUrl }).calls.export(path, { agentIds: [7, 8] });`;

test('an export continues after its process was killed', { timeout: 120_000 }, async (context) => {
  // Two megabytes for each page, so that its position is written.
  const fields = { transcript: 'a'.repeat(700_000) };
  const pages = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]];
  const directory = folder(context);
  const path = join(directory, 'calls.jsonl');
  let left = Infinity;
  const server = await serve((_, response, { path: agentPath, query }) => {
    left -= 1;
    if (left < 0) return;
    const first = agentPath.includes('/7/') ? 0 : 100;
    const ids = pages[Number(query.page ?? 1) - 1] ?? [];
    json(response, { status: true, data: ids.map((id) => ({ id: id + first, ...fields })) });
  });
  context.after(server.close);
  const position = () => {
    const file = join(directory, '.calls.jsonl.position');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { calls: 0 };
  };
  let before = -1;
  for (const responses of [3, 6, 4]) {
    left = responses;
    const program = spawn(process.execPath, ['--input-type=module', '--eval', KILLED, server.baseUrl, path], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(program, 'exit');
    // It waits for a page that does not arrive. All pages before it are written by then.
    await until(() => left < 0, 30_000);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    program.kill('SIGKILL');
    await ended;
    assert.ok(!existsSync(path));
    assert.ok(position().calls >= before, 'it began again');
    before = position().calls;
  }
  assert.ok(before > 0, 'no position was written');
  left = Infinity;
  await server.client().calls.export(path, { agentIds: [7, 8] });
  const ids = pages.flat();
  assert.deepEqual(idsOf(path), [...ids, ...ids.map((id) => id + 100)]);
  assert.deepEqual(readdirSync(directory), ['calls.jsonl']);
});

test('calls that move between two runs are written once', async (context) => {
  const { state, client } = await paged(context, [[9, 8], [7, 6], [5, 4], null]);
  const path = join(folder(context), 'calls.jsonl');
  await assert.rejects(client.calls.export(path, { agentIds: 7 }), APIError);
  // Two new calls move all others by a page; the run begins at page 2.
  state.pages = [[11, 10], [9, 8], [7, 6], [5, 4], [3, 2]];
  await client.calls.export(path, { agentIds: 7 });
  assert.deepEqual(idsOf(path), [9, 8, 7, 6, 5, 4, 3, 2]);
});

test('IDs that are strings are written once', async (context) => {
  const { state, client } = await paged(context, [['a', 'b'], ['c'], null]);
  const path = join(folder(context), 'calls.jsonl');
  await assert.rejects(client.calls.export(path, { agentIds: 7 }), APIError);
  state.pages = [['a', 'b'], ['c'], ['c', 'd']];
  await client.calls.export(path, { agentIds: 7 });
  assert.deepEqual(idsOf(path), ['a', 'b', 'c', 'd']);
});

const { cases, agents, pages: resumed, ids } = vectors('resume', 'exports');
for (const { names, part, position } of cases) {
  test(`a run continues a position of its names only: ${names}`, async (context) => {
    const continues = names === 'camelCase';
    const server = await serve((_, response, { path, query }) => {
      const pages = resumed[path.includes('/7/') ? 7 : 8];
      json(response, { status: true, data: pages[Number(query.page ?? 1) - 1].map((id) => ({ id })) });
    });
    context.after(server.close);
    const directory = folder(context);
    const path = join(directory, 'calls.jsonl');
    const request = { ...position.request, server: server.baseUrl };
    writeFileSync(join(directory, '.calls.jsonl.position'), JSON.stringify({ ...position, request }));
    writeFileSync(join(directory, '.calls.jsonl.part'), part);
    await server.client().calls.export(path, { agentIds: agents });
    assert.deepEqual(idsOf(path), ids);
    const kept = exported(path).filter((call) => call.kept).length;
    assert.deepEqual([kept, server.recorded.length], continues ? [6, 6] : [0, 7]);
  });
}

test('an error of a file has its cause', async (context) => {
  const { client } = await paged(context, [[1]]);
  const path = join(folder(context), 'calls.jsonl');
  mkdirSync(join(path, '..', '.calls.jsonl.part'));
  await assert.rejects(client.calls.export(path, { agentIds: 7 }), (error) => {
    assert.ok(error instanceof callfluent.CallFluentError);
    assert.match(error.message, /^calls\.export: cannot open .*\.calls\.jsonl\.part: /);
    return true;
  });
});

test('a list of hundreds of pages is written once', async (context) => {
  const pages = Array.from({ length: 230 }, (_, page) => [2 * page + 1, 2 * page + 2]);
  const { client } = await paged(context, pages);
  const path = join(folder(context), 'calls.jsonl');
  await client.calls.export(path, { agentIds: 7 });
  assert.deepEqual(idsOf(path), pages.flat());
});

test('the next night exports only new calls', async (context) => {
  const { state, client } = await paged(context, [[2, 1]]);
  const directory = folder(context);
  const since = join(directory, 'calls.since');
  const run = async (name) => {
    await client.calls.export(join(directory, name), { agentIds: 7, since });
    return idsOf(join(directory, name));
  };
  assert.deepEqual(await run('one.jsonl'), [2, 1]);
  state.pages = [[4, 3], [2, 1]];
  assert.deepEqual(await run('two.jsonl'), [4, 3]);
  assert.deepEqual(await run('three.jsonl'), []);
  assert.deepEqual(JSON.parse(readFileSync(since, 'utf8')), { 7: 4 });
});

for (const { name, call, masks, masked } of vectors('masks', 'exports')) {
  test(`masks of an export: ${name}`, async (context) => {
    const { id, ...fields } = call;
    const { client } = await paged(context, [[id]], fields);
    const path = join(folder(context), 'calls.jsonl');
    await client.calls.export(path, { agentIds: 7, mask: masks.map(camel) });
    assert.deepEqual(exported(path), [{ ...masked, agentId: 7 }]);
  });
}

test('invalid arguments of an export send nothing', async (context) => {
  const { server, client } = await paged(context, []);
  const directory = folder(context);
  const path = join(directory, 'calls.jsonl');
  for (const [target, options, expected] of [
    [path, {}, 'agentIds: pass agentIds or workspaceId'],
    [path, { agentIds: 1, workspaceId: 1 }, 'agentIds: pass agentIds or workspaceId'],
    [path, { agentIds: [null] }, 'agentIds[0]: expected an ID, an integer or a string, got null'],
    [path, { agentIds: 1, format: 'xml' }, 'format: expected one of jsonl, csv, parquet, got "xml"'],
    [path, { agentIds: 1, mask: 'names' }, 'mask: expected phoneNumbers or transcripts'],
    [path, { agentIds: 1, columns: { a: 'int64' } }, 'columns: only Parquet files have typed columns'],
    [join(directory, 'a.parquet'), { agentIds: 1, columns: { a: 'decimal' } }, 'columns.a: expected int64'],
    [path, { workspaceId: [1] }, 'workspaceId: expected an ID, got an array'],
    [path, { workspaceId: {} }, 'workspaceId: expected an ID, got an object'],
    [join(directory, 'none', 'a.csv'), { agentIds: 1 }, 'does not exist'],
    [5, { agentIds: 1 }, 'path: expected a path or a file: URL, got a number'],
    [path, { agentIds: 1, onProgress: 5 }, 'onProgress: expected a function'],
    [path, { agentIds: 1, agents: 5 }, 'agents: unknown option'],
  ]) {
    await assert.rejects(client.calls.export(target, options), (error) => {
      assert.ok(error instanceof InvalidRequestError && error.message.includes(expected), error);
      return true;
    });
  }
  assert.deepEqual([server.recorded.length, readdirSync(directory)], [0, []]);
});

for (const { name, arguments: given, field, contains, file_error: fileError } of vectors('invalid', 'exports')) {
  test(`an export that would fail at its end: ${name}`, async (context) => {
    const { server, client } = await paged(context, []);
    const directory = folder(context);
    mkdirSync(join(directory, 'folder'));
    writeFileSync(join(directory, 'file'), 'no JSON');
    const { path, ...options } = Object.fromEntries(Object.entries(given).map(([key, value]) => [camel(key), value]));
    if (options.since !== undefined) options.since = join(directory, options.since);
    await assert.rejects(client.calls.export(join(directory, path), options), (error) => {
      assert.equal(error instanceof InvalidRequestError, fileError === undefined, error);
      assert.ok(error.message.includes(fileError ?? `${camel(field)}: `), error);
      assert.ok(error.message.includes(contains ?? ''), error);
      return true;
    });
    assert.deepEqual([server.recorded.length, readdirSync(directory).sort()], [0, ['file', 'folder']]);
  });
}

test('IDs of an export that are not exact are rejected', async (context) => {
  const { server, client } = await paged(context, [[1]]);
  const directory = folder(context);
  for (const [agentIds, place] of [[2 ** 53 + 2, 0], [[7, Number.NaN], 1], [new Set([1.5]), 0], [[{}], 0], [[''], 0]]) {
    await assert.rejects(client.calls.export(join(directory, 'calls.jsonl'), { agentIds }), (error) => {
      assert.equal(error.name, 'InvalidRequestError');
      assert.match(error.message, new RegExp(`agentIds\\[${place}\\]: expected an ID, an integer or a string, got`));
      return true;
    });
  }
  assert.deepEqual([server.recorded.length, readdirSync(directory)], [0, []]);
});

test('the memory of an export does not depend on the calls', { timeout: 120_000 }, async (context) => {
  const transcript = 'hello '.repeat(2_000);
  const server = await serve((_, response, { query }) => {
    const page = Number(query.page ?? 1);
    const calls = Array.from({ length: 100 }, (_, index) => ({ id: page * 100 + index, transcript }));
    json(response, { status: true, data: page <= 120 ? calls : [] });
  });
  context.after(server.close);
  const directory = folder(context);
  const source = `
    import { CallFluent } from ${module};
    const [baseUrl, path] = process.argv.slice(1);
    const client = new CallFluent({ apiKey: '${KEY}', baseUrl });
    const seen = [];
    const measure = () => seen.push(process.memoryUsage().rss);
    const onProgress = ({ calls }) => { if (calls === 1_000) { gc(); measure(); setInterval(measure, 20).unref(); } };
    await client.calls.export(path, { agentIds: 7, onProgress });
    console.log(JSON.stringify(seen.map((bytes) => bytes / 1e6)));`;
  for (const name of ['calls.jsonl', 'calls.csv', 'calls.parquet']) {
    const program = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', source, server.baseUrl, join(directory, name)], {
      cwd: here,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([program.stdout.toArray(), once(program, 'exit')]);
    const [first, ...later] = JSON.parse(Buffer.concat(printed));
    const growth = Math.max(...later) - first;
    context.diagnostic(`${name}: ${Math.round(growth)} MB`);
    // The calls take 144 MB.
    assert.ok(growth < 60, `${name}: ${first} MB, then ${Math.max(...later)} MB`);
  }
});
