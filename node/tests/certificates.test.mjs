// Root certificates: those that variables name, and those of Node on a machine without any.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { CallFluent, folder } from './support/package.mjs';
import { selfSigned } from './support/certificate.mjs';

const run = promisify(execFile);

/** Starts an https server, and writes its certificate to a file. */
async function secureServer(context) {
  const { cert, key } = selfSigned();
  const server = createServer({ cert, key }, (_, response) => response.end('{"status":true,"data":[]}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const directory = await mkdtemp(join(tmpdir(), 'callfluent-'));
  const file = join(directory, 'certificate.pem');
  await writeFile(file, cert);
  context.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  return { baseUrl: `https://localhost:${server.address().port}/api`, directory, file };
}

/** Replaces the certificate variables of `process.env`. */
function setVariables(context, variables) {
  const before = process.env;
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR, ...others } = before;
  process.env = { ...others, ...variables };
  context.after(() => (process.env = before));
}

/** Sends a request and returns the message of its error, if it fails. */
async function failure(baseUrl, options = {}) {
  const client = new CallFluent({ apiKey: 'k', baseUrl, maxRetries: 0, ...options });
  return client.workspaces.list().then(() => undefined, (error) => error.message);
}

test('certificate variables of process.env are trusted', async (context) => {
  const { baseUrl, directory, file } = await secureServer(context);
  setVariables(context, {});
  assert.match(await failure(baseUrl), /self-signed certificate or unknown issuer/);
  const named = [{ NODE_EXTRA_CA_CERTS: file }, { SSL_CERT_FILE: file }, { SSL_CERT_DIR: directory }];
  for (const variables of named) {
    setVariables(context, variables);
    assert.equal(await failure(baseUrl), undefined);
  }
});

test('certificate files that cannot be read are logged', async (context) => {
  const { baseUrl, file } = await secureServer(context);
  setVariables(context, { NODE_EXTRA_CA_CERTS: '/nowhere/extra.pem' });
  const lines = [];
  assert.equal(await failure(baseUrl, { caBundle: file, logger: { warn: (line) => lines.push(line) } }), undefined);
  assert.match(lines.join('\n'), /unreadable certificates are ignored error=.*\/nowhere\/extra\.pem/);
});

/** Prints the error of a request to a server whose certificate no one knows. */
const STRANGER = `
  const { CallFluent } = require(${JSON.stringify(folder)});
  const client = new CallFluent({ apiKey: 'k', baseUrl: process.argv[1], maxRetries: 0 });
  client.workspaces.list().catch((error) => console.log(error.message));`;

test('without certificates of the machine, those of Node are used', async (context) => {
  const { baseUrl } = await secureServer(context);
  const { NODE_EXTRA_CA_CERTS, ...others } = process.env;
  const env = { ...others, SSL_CERT_FILE: '/nowhere/certificates.pem' };
  const { stdout } = await run(process.execPath, ['--eval', STRANGER, baseUrl], { env });
  // The certificate was compared with others, so there are some.
  assert.match(stdout, /self-signed certificate or unknown issuer/);
});

const EMPTY_IMAGE = 'mount -t tmpfs none /etc/ssl && mount -t tmpfs none /usr/local/share && exec "$0" "$@"';
const inEmptyImage = (args) => run('unshare', ['--map-root-user', '--mount', 'sh', '-c', EMPTY_IMAGE, ...args]);
const canEmpty = await inEmptyImage(['true']).then(() => true, () => false);

test('a slim image without /etc/ssl has a client', { skip: !canEmpty && 'needs Linux with user namespaces' }, async (context) => {
  const { baseUrl } = await secureServer(context);
  const { stdout } = await inEmptyImage([process.execPath, '--eval', STRANGER, baseUrl]);
  assert.match(stdout, /self-signed certificate or unknown issuer/);
});
