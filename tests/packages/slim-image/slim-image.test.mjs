import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Hides the certificates of the machine, as in `node:slim`. */
const EMPTY = 'mount -t tmpfs none /etc/ssl && mount -t tmpfs none /usr/local/share && exec "$0" "$@"';
const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR, ...env } = process.env;
const inSlimImage = (args) => promisify(execFile)('unshare', ['--map-root-user', '--mount', 'sh', '-c', EMPTY, ...args], { env });
const isPossible = await inSlimImage(['true']).then(() => true, () => false);

test('a client works without certificates of the machine', { skip: !isPossible && 'needs Linux with user namespaces' }, async () => {
  const program = fileURLToPath(new URL('check.mjs', import.meta.url));
  const { stdout } = await inSlimImage([process.execPath, program]);
  assert.equal(stdout, 'https://api.callfluent.ai/api\n');
});
