// Whatever is given as an id stays one segment of the path, or is refused before anything is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const BEFORE = '/api/agent/remove-custom-fields/1/';
const IDS = 500;
/** What is hard on paths, beside ordinary letters. */
const PIECES = [
  '/', '\\', '.', '..', '%', '%2F', '%2e', '?', '#', '&', '=', ':', '@', ' ', '\t', '\r\n', '\0', '\x1f', '\x7f', '\u0085', '\u2028',
  '\ufeff', '\u{1f600}', 'é', 'e\u0301', '\u202e', '\ud800', '\udfff', '\udc00\ud800', 'a', 'Z', '7', '-', '_', '~', '"', "'", '<', '{', '|', '`', '^',
];

/** A number from 0 up to, but not including, the limit; the same ones for the same seed. */
function drawer(seed) {
  return (limit) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 4_294_967_296) * limit);
  };
}

/** What is blank in Rust: U+0085 as well, and no byte order mark. */
const isBlank = (id) => /^(?:(?!\ufeff)[\s\u0085])*$/.test(id);
const isRefused = (id) => isBlank(id) || id === '.' || id === '..' || !id.isWellFormed();

test('any text as an id is one more segment of the path, or is refused', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  const client = server.client();
  const draw = drawer(20);
  const drawn = Array.from({ length: IDS }, () =>
    Array.from({ length: 1 + draw(8) }, () => PIECES[draw(PIECES.length)]).join(''));
  let [sent, refused] = [0, 0];
  for (const id of [...PIECES, ...drawn]) {
    const before = server.recorded.length;
    const error = await client.customFields.delete(1, id).then(() => undefined, (thrown) => thrown);
    const arrived = server.recorded.slice(before);
    if (error !== undefined) {
      assert.equal(error.constructor, callfluent.InvalidRequestError, `${JSON.stringify(id)}: ${error.stack}`);
      assert.ok(isRefused(id), `${JSON.stringify(id)} was refused: ${error.message}`);
      assert.equal(arrived.length, 0, JSON.stringify(id));
      refused += 1;
      continue;
    }
    sent += 1;
    assert.equal(arrived.length, 1, JSON.stringify(id));
    const [{ target }] = arrived;
    assert.ok(target.startsWith(BEFORE), target);
    const segment = target.slice(BEFORE.length);
    assert.doesNotMatch(segment, /[/\\?#\s]/, target);
    assert.equal(decodeURIComponent(segment), id);
    // Where one takes the path apart anew, as proxies and servers do, it is still the same.
    assert.equal(new URL(target, server.baseUrl).pathname.split('/').length, BEFORE.split('/').length, target);
  }
  assert.ok(sent > IDS / 3 && refused > 10, `${sent} sent, ${refused} refused`);
});
