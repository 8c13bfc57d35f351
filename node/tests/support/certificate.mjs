// A self-signed certificate for `localhost`, for servers of tests. Node creates keys and
// signatures. The DER around them is written here, so that tests need no other program.
import { generateKeyPairSync, sign } from 'node:crypto';

const der = (tag, ...contents) => {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts) => der(0x30, ...parts);
const oid = (...bytes) => der(0x06, bytes);

const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** A name with the common name `callfluent tests`. */
const NAME = sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, 'callfluent tests'))));
const VALIDITY = sequence(der(0x18, '20200101000000Z'), der(0x18, '21200101000000Z'));
const SUBJECT_ALTERNATIVE_NAME = sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(der(0x82, 'localhost'))));

/** Returns a new certificate and its private key, both in PEM. */
export function selfSigned() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const version3 = der(0xa0, der(0x02, [2]));
  const serialNumber = der(0x02, [1]);
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const extensions = der(0xa3, sequence(SUBJECT_ALTERNATIVE_NAME));
  const content = sequence(version3, serialNumber, ECDSA_WITH_SHA256, NAME, VALIDITY, NAME, key, extensions);
  const signature = der(0x03, [0], sign('sha256', content, privateKey));
  const lines = sequence(content, ECDSA_WITH_SHA256, signature).toString('base64').match(/.{1,64}/g);
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}
