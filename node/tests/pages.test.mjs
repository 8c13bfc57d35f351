// The call history: one page when awaited, all pages when iterated, however the end shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { json, serve } from './support/server.mjs';

async function paged(context, pages) {
  const server = await serve((request, response) => {
    const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
    const items = pages(page);
    return items instanceof Error ? json(response, { status: false, msg: items.message }, 404) : json(response, { status: true, data: items });
  });
  context.after(server.close);
  return server;
}

const calls = (...ids) => ids.map((id) => ({ id }));

test('a page is awaited, and has the next one', async (context) => {
  const server = await paged(context, (page) => [calls(1, 2), calls(3), []][page - 1] ?? []);
  const first = await server.client().calls.list(7);
  assert.deepEqual(first.items, calls(1, 2));
  assert.equal(first.page, 1);
  const second = await first.nextPage();
  assert.deepEqual([second.page, second.items], [2, calls(3)]);
  assert.equal(await second.nextPage(), null);
});

test('iteration fetches pages lazily and ends at an empty one', async (context) => {
  const server = await paged(context, (page) => [calls(1, 2), calls(3), []][page - 1] ?? []);
  const seen = [];
  for await (const call of server.client().calls.list(7)) {
    seen.push(call.id);
    if (call.id === 2) {
      assert.equal(server.recorded.length, 1);
    }
  }
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(server.recorded.length, 3);
});

test('iteration begins at the given page and stops with the caller', async (context) => {
  const server = await paged(context, (page) => calls(page));
  const seen = [];
  for await (const call of server.client().calls.list(7, { page: 3 })) {
    seen.push(call.id);
    if (seen.length === 2) {
      break;
    }
  }
  assert.deepEqual(seen, [3, 4]);
  assert.equal(server.recorded.length, 2);
});

test('a server that ignores the page does not loop for ever', async (context) => {
  const server = await paged(context, () => calls(1, 2));
  const seen = [];
  for await (const call of server.client().calls.list(7)) {
    seen.push(call.id);
  }
  assert.deepEqual(seen, [1, 2]);
  // After two pages in a row without new items, the core looks at the first page again.
  assert.equal(server.recorded.length, 4);
  assert.equal(await (await server.client().calls.list(7)).nextPage(), null);
});

test('new calls that make pages repeat do not end the list', async (context) => {
  const script = [calls(5, 4), calls(5, 4), calls(5, 4), calls(9, 8), calls(3, 2)];
  const server = await paged(context, () => script.shift() ?? []);
  const seen = [];
  for await (const call of server.client().calls.list(7)) {
    seen.push(call.id);
  }
  assert.deepEqual(seen, [5, 4, 3, 2]);
});

test('a call that moves to the next page meanwhile comes once', async (context) => {
  const server = await paged(context, (page) => [calls(1, 2), calls(2, 3), []][page - 1] ?? []);
  const seen = [];
  for await (const call of server.client().calls.list(7)) {
    seen.push(call.id);
  }
  assert.deepEqual(seen, [1, 2, 3]);
});

test('an error ends the iteration and is thrown', async (context) => {
  const server = await paged(context, (page) => (page === 1 ? calls(1) : new Error('gone')));
  await assert.rejects(async () => {
    for await (const _ of server.client().calls.list(7)) {
      // Every call is passed by.
    }
  }, { name: 'NotFoundError' });
});

test('pages of megabytes decode alike with any characters', async (context) => {
  for (const letter of ['a', 'ü', '語', '😀']) {
    const items = Array.from({ length: 4_000 }, (_, index) => ({ id: index + 1, summary: `${letter}"\\ `.repeat(40) }));
    const server = await paged(context, () => items);
    const client = server.client();
    for (let round = 0; round < 3; round++) {
      assert.deepEqual((await client.calls.list(7)).items, items);
    }
  }
});

test('nothing is fetched before the first await or iteration', async (context) => {
  const server = await paged(context, (page) => (page === 1 ? calls(1) : []));
  const client = server.client();
  const list = client.calls.list(7);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.recorded.length, 0);
  const [first, again] = await Promise.all([list, list.catch(() => {})]);
  assert.equal(first, again);
  assert.equal(server.recorded.length, 1);
});

test('a list that is never awaited causes no unhandled rejection', async (context) => {
  const server = await paged(context, () => new Error('gone'));
  const rejections = [];
  const onRejection = (reason) => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  context.after(() => process.off('unhandledRejection', onRejection));
  const list = server.client().calls.list(7);
  const invalid = server.client().calls.list('');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(rejections, []);
  await assert.rejects(list, { name: 'NotFoundError' });
  await assert.rejects(invalid, { name: 'InvalidRequestError' });
});

test('an abort ends the iteration within a page', async (context) => {
  const server = await paged(context, () => calls(1, 2, 3));
  const controller = new AbortController();
  const seen = [];
  await assert.rejects(async () => {
    for await (const call of server.client().calls.list(7, {}, { signal: controller.signal })) {
      seen.push(call.id);
      controller.abort();
    }
  }, { name: 'AbortError' });
  assert.deepEqual(seen, [1]);
});

test('a list resumes at the page that failed', async (context) => {
  let failures = 1;
  const server = await paged(context, (page) => (page === 2 && failures-- > 0 ? new Error('gone') : ([calls(1), calls(2)][page - 1] ?? [])));
  const list = server.client().calls.list(7);
  const seen = [];
  await assert.rejects(async () => {
    for await (const call of list) {
      seen.push(call.id);
    }
  }, { name: 'NotFoundError' });
  for await (const call of list.resume()) {
    seen.push(call.id);
  }
  assert.deepEqual(seen, [1, 2]);
  assert.equal(server.recorded.length, 4);
});

test('a list resumes if its first page failed', async (context) => {
  let failures = 1;
  const server = await paged(context, (page) => (failures-- > 0 ? new Error('gone') : ([calls(1)][page - 1] ?? [])));
  const list = server.client().calls.list(7);
  await assert.rejects(async () => {
    for await (const _ of list) {
      assert.fail('a call of the page that failed');
    }
  }, { name: 'NotFoundError' });
  const seen = [];
  for await (const call of list.resume()) {
    seen.push(call.id);
  }
  assert.deepEqual(seen, [1]);
});

test('resume continues after the last item of a loop', async (context) => {
  const server = await paged(context, (page) => [calls(1, 2, 3), calls(4)][page - 1] ?? []);
  const list = server.client().calls.list(7);
  const seen = [];
  await assert.rejects(async () => {
    for await (const { id } of list) {
      seen.push(id);
      throw new RangeError('of the body');
    }
  }, RangeError);
  for await (const { id } of list.resume()) {
    seen.push(id);
    break;
  }
  for await (const { id } of list.resume()) seen.push(id);
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.equal(server.recorded.length, 3);
  for await (const _ of list) break;
  for await (const _ of list.pages()) break;
  const rest = [];
  for await (const { id } of list.resume()) rest.push(id);
  assert.deepEqual(rest, [4]);
});

test('an abort within a page loses no item', async (context) => {
  const server = await paged(context, (page) => [calls(1, 2), calls(3)][page - 1] ?? []);
  const controller = new AbortController();
  const list = server.client().calls.list(7, {}, { signal: controller.signal });
  const seen = [];
  const loop = async () => {
    for await (const { id } of list) {
      seen.push(id);
      controller.abort();
    }
  };
  await assert.rejects(loop(), { name: 'AbortError' });
  assert.deepEqual(seen, [1]);
  const again = list.resume();
  await assert.rejects(again.next(), { name: 'AbortError' });
  assert.equal(server.recorded.length, 1);
});

test('pages are iterated from any page', async (context) => {
  const server = await paged(context, (page) => ({ 30: calls(3, 2), 31: calls(1) })[page] ?? []);
  const seen = [];
  for await (const page of server.client().calls.list(7).fromPage(30).pages()) {
    seen.push([page.page, page.items.length]);
  }
  assert.deepEqual(seen, [[30, 2], [31, 1]]);
});
