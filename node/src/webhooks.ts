// Webhooks: what CallFluent posts to a server for the action `webhook`. The API documents only
// which fields the action sends. A webhook is not signed, so a secret in its URL is the only proof
// of its origin. This module needs neither a client nor a key, and no native code.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** The data of a webhook: the fields that the action sends, custom fields among them. */
export interface WebhookPayload {
  /** Name of the caller. */
  name?: string | null;
  /** Phone number of the caller. */
  phoneNumber?: string | null;
  /** Email address of the caller. */
  email?: string | null;
  /** Transcript of the phone call. */
  transcription?: string | null;
  /** Other fields, under their own names. */
  [field: string]: unknown;
}

/** Public names of known fields by their names in JSON. */
const KNOWN_FIELDS = new Map([
  ['name', 'name'],
  ['phone_number', 'phoneNumber'],
  ['email', 'email'],
  ['transcription', 'transcription'],
]);

/**
 * A webhook is invalid. Respond with `status`. Express, Koa, Fastify and Hono do so if a handler
 * throws the error.
 */
export class WebhookError extends Error {
  /** Status of the HTTP response: 400 for an invalid body, 401 for a wrong secret. */
  readonly status: 400 | 401;
  /** The same status, under the name that Fastify reads. */
  readonly statusCode: 400 | 401;

  /**
   * Creates an error.
   *
   * @param message - Message.
   * @param status - Status of the HTTP response.
   */
  constructor(message: string, status: 400 | 401 = 400) {
    super(message);
    this.status = status;
    this.statusCode = status;
  }

  /**
   * Returns the HTTP response. Hono calls it if a handler throws the error.
   *
   * @returns A response with the status and the message.
   */
  getResponse(): Response {
    return new Response(this.message, { status: this.status });
  }
}
WebhookError.prototype.name = 'WebhookError';

/**
 * Parses the body of a webhook.
 *
 * @param body - Body of the request: a string, bytes, or the object that a framework parsed.
 * @returns The fields of the webhook.
 * @throws {@link WebhookError} The body is not a JSON object; `status` is 400.
 * @throws TypeError The body has another type, e.g. it is a promise that is not awaited.
 * @example
 * ```ts
 * const { name, transcription } = webhooks.parse(request.body);
 * ```
 */
export function parse(body: unknown): WebhookPayload {
  const fields = typeof body === 'string' || isBytes(body) ? decode(body) : body;
  if (fields === undefined) {
    throw new WebhookError('webhook body is empty; parse the body of the request as JSON');
  }
  if (typeof fields === 'function' || typeof (fields as { then?: unknown } | null)?.then === 'function') {
    throw new TypeError('webhook body must be a string, bytes or an object; await the body of the request');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new WebhookError(`webhook body must be a JSON object, got ${jsonType(fields)}`);
  }
  const entries = Object.entries(fields).map(([name, value]: [string, unknown]): [string, unknown] => {
    const known = KNOWN_FIELDS.get(name);
    return known === undefined ? [name, value] : [known, isScalar(value) ? String(value) : value];
  });
  return Object.fromEntries(entries);
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function isBytes(body: unknown): body is ArrayBuffer | Uint8Array {
  return ArrayBuffer.isView(body) || Object.prototype.toString.call(body) === '[object ArrayBuffer]';
}

function decode(body: string | ArrayBuffer | Uint8Array): unknown {
  const text = typeof body === 'string' ? body.replace(/^\uFEFF/, '') : decodeUtf8(body);
  if (text.trim() === '') {
    throw new WebhookError('webhook body is empty');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    // The message of the engine quotes the body, which is personal data.
    const place = /position \d+/.exec(String(thrown))?.[0];
    throw new WebhookError(`webhook body is not valid JSON${place === undefined ? '' : ` (at ${place})`}`);
  }
}

function decodeUtf8(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new WebhookError('webhook body is not valid UTF-8');
  }
}

function jsonType(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/**
 * Generates a secret for the URL of a webhook: 43 letters, digits, hyphens and underscores.
 *
 * @returns A secret with 256 random bits. Store it, e.g. in an environment variable.
 * @example
 * ```ts
 * const webhookUrl = `https://example.com/callfluent/${webhooks.generateSecret()}`;
 * ```
 */
export function generateSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * Compares the secret of a request with the expected one, in constant time.
 *
 * @param given - Secret from the URL of the request; `undefined` if it has none.
 * @param expected - Secret of the webhook.
 * @throws {@link WebhookError} The secrets differ; `status` is 401.
 * @throws TypeError The expected secret is empty, which would accept every request.
 * @example
 * ```ts
 * webhooks.verifySecret(request.params.secret, process.env.WEBHOOK_SECRET);
 * ```
 */
export function verifySecret(given: unknown, expected: string | undefined): void {
  if (typeof expected !== 'string' || expected === '') {
    throw new TypeError('the expected secret is empty; create one with generateSecret()');
  }
  // Only values of equal length can be compared in constant time.
  const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
  if (typeof given !== 'string' || !timingSafeEqual(digest(given), digest(expected))) {
    throw new WebhookError('the secret of the webhook is wrong', 401);
  }
}
