// Webhooks by the vectors that all languages share, generated secrets, and what parsing accepts.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { camel, vectors } from './support/vectors.mjs';

const byRequire = process.env.CALLFLUENT_TEST_FORM === 'require';
const webhooks = byRequire
  ? createRequire(import.meta.url)('callfluent/webhooks')
  : await import('callfluent/webhooks');
const { WebhookError } = webhooks;

const body = ({ body: text, body_hex: hex }) => (hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex'));
const result = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name === 'phone_number' ? camel(name) : name, value]));

for (const vector of vectors('webhooks')) {
  if ('accepted' in vector) {
    test(`secrets: ${vector.name}`, () => {
      const compare = () => webhooks.verifySecret(vector.given, vector.expected);
      if (vector.accepted) {
        compare();
      } else {
        assert.throws(compare, (error) => error instanceof WebhookError && error.status === 401 && error.statusCode === 401);
      }
    });
  } else if ('error' in vector) {
    test(`rejected: ${vector.name}`, () => {
      for (const given of [body(vector), ...('body' in vector ? [vector.body] : [])]) {
        assert.throws(() => webhooks.parse(given), (error) => {
          assert.ok(error instanceof WebhookError && error.name === 'WebhookError');
          assert.equal(error.status, vector.error.status);
          assert.ok(error.message.includes(vector.error.contains), error.message);
          return true;
        });
      }
    });
  } else {
    test(`parsed: ${vector.name}`, () => {
      const bytes = body(vector);
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      const parsed = JSON.parse(vector.body.replace(/^\uFEFF/, ''));
      for (const given of [bytes, new Uint8Array(bytes), buffer, vector.body, parsed]) {
        assert.deepEqual(webhooks.parse(given), result(vector.result));
      }
    });
  }
}

test('a request without a secret is rejected', () => {
  assert.throws(() => webhooks.verifySecret(undefined, 's3cret'), WebhookError);
  assert.throws(() => webhooks.verifySecret(['s3cret'], 's3cret'), WebhookError);
  assert.throws(() => webhooks.verifySecret('', ''), TypeError);
  assert.throws(() => webhooks.verifySecret('', undefined), TypeError);
});

test('generated secrets differ and fit in a URL', () => {
  const secrets = new Set(Array.from({ length: 100 }, () => webhooks.generateSecret()));
  assert.equal(secrets.size, 100);
  for (const secret of secrets) {
    assert.match(secret, /^[\w-]{43}$/);
  }
});

test('a body that is not awaited is a mistake of the program', () => {
  assert.throws(() => webhooks.parse(Promise.resolve('{}')), /await the body/);
  assert.throws(() => webhooks.parse(undefined), WebhookError);
});

test('a rejected webhook is a response', async () => {
  const response = new WebhookError('the secret of the webhook is wrong', 401).getResponse();
  assert.equal(response.status, 401);
  assert.equal(await response.text(), 'the secret of the webhook is wrong');
});
