// A registry of npm on this machine. It has the tarballs that its arguments name, and stand-ins for
// the packages of other platforms. Started as a program, it prints its address and ends with its
// input.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Returns a file of a tarball. */
function unpack(tarball, name) {
  const archive = gunzipSync(tarball);
  for (let at = 0; at < archive.length; ) {
    const text = (from, length) => archive.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8) || 0;
    if (text(0, 100) === name) return archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the tarball does not contain ${name}`);
}

/** Returns a tarball with a manifest. Deno downloads the packages of both C libraries of Linux. */
function pack(manifest) {
  const content = Buffer.from(JSON.stringify(manifest));
  const header = Buffer.alloc(512);
  const fields = [['package/package.json', 0], ['0000644', 100], [content.length.toString(8).padStart(11, '0'), 124], ['        ', 148], ['0', 156], ['ustar', 257], ['00', 263]];
  for (const [text, at] of fields) header.write(text, at);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(Buffer.concat([header, content, Buffer.alloc(1536 - (content.length % 512))]));
}

/** Returns what the name of a platform package says about the platform. */
function platformOf(name) {
  const [os, cpu, abi] = name.replace('@callfluent/native-', '').split('-');
  const libc = { gnu: ['glibc'], musl: ['musl'] }[abi];
  return { os: [os], cpu: [cpu], ...(libc && { libc }) };
}

/** Starts a registry with these tarballs. */
export async function startRegistry(tarballs) {
  const packages = new Map();
  const add = (manifest, file, content) => packages.set(manifest.name, { manifest, file, content });
  for (const path of tarballs) {
    const content = readFileSync(path);
    add(JSON.parse(unpack(content, 'package/package.json').toString()), basename(path), content);
  }
  for (const [name, version] of Object.entries(packages.get('callfluent')?.manifest.optionalDependencies ?? {})) {
    const manifest = { name, version, ...platformOf(name) };
    if (!packages.has(name)) add(manifest, `${name.split('/')[1]}.tgz`, pack(manifest));
  }
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1);
    requests.push(path);
    const packed = [...packages.values()].find(({ file }) => path === `-/${file}`);
    if (packed !== undefined) return response.end(packed.content);
    const found = packages.get(path);
    if (found === undefined) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    const { manifest, file, content } = found;
    const hash = (algorithm, encoding) => createHash(algorithm).update(content).digest(encoding);
    const dist = {
      tarball: `http://127.0.0.1:${server.address().port}/-/${file}`,
      integrity: `sha512-${hash('sha512', 'base64')}`,
      shasum: hash('sha1', 'hex'),
    };
    const versions = { [manifest.version]: { ...manifest, dist } };
    // Package managers reject versions that were published a short time ago.
    const time = { [manifest.version]: '2025-01-01T00:00:00.000Z' };
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions, time }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => server.closeAllConnections() ?? server.close();
  return { url: `http://127.0.0.1:${server.address().port}/`, requests, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, close } = await startRegistry(process.argv.slice(2));
  console.log(url);
  process.stdin.on('end', close).resume();
}
