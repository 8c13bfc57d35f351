// Contents and metadata of the packed packages. In the repository, there is nothing packed.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { folder, platformPackage } from './support/package.mjs';

const require = createRequire(import.meta.url);
const main = require('callfluent/package.json');
const skip = platformPackage === undefined && 'needs the packed packages';

test('the platform package has all metadata', { skip }, () => {
  const directory = dirname(require.resolve(`${platformPackage}/package.json`));
  const { name, version, os, cpu, libc, preferUnplugged, license, scripts, engines } = require(`${platformPackage}/package.json`);
  assert.match(name, /^@callfluent\/native-/);
  assert.equal(version, main.version);
  assert.deepEqual([os, cpu], [[process.platform], [process.arch]]);
  if (process.platform === 'linux') assert.equal(libc.length, 1);
  assert.equal(preferUnplugged, true);
  assert.equal(license, main.license);
  assert.equal(scripts, undefined);
  assert.deepEqual(engines, main.engines);
  const files = readdirSync(directory).filter((file) => !file.endsWith('.node'));
  assert.deepEqual(files.sort(), ['LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT', 'NOTICE-THIRD-PARTY.txt', 'README.md', 'package.json', 'sbom.cdx.json']);
});

test('the platform package lists its crates and their licenses', { skip }, () => {
  const directory = dirname(require.resolve(`${platformPackage}/package.json`));
  const { bomFormat, components } = JSON.parse(readFileSync(join(directory, 'sbom.cdx.json'), 'utf8'));
  assert.equal(bomFormat, 'CycloneDX');
  const names = components.map(({ name }) => name);
  for (const name of ['napi', 'reqwest', 'rustls', 'tokio']) assert.ok(names.includes(name), name);
  const notices = readFileSync(join(directory, 'NOTICE-THIRD-PARTY.txt'), 'utf8');
  for (const { name, version, licenses, hashes } of components) {
    assert.match(hashes[0].content, /^[0-9a-f]{64}$/);
    assert.ok(notices.includes(`${name} ${version}: ${licenses[0].expression} (`), name);
  }
});

test('the package names the packages of all platforms', { skip }, () => {
  const platforms = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-arm64-msvc', 'win32-x64-msvc'];
  assert.deepEqual(main.optionalDependencies, Object.fromEntries(platforms.map((name) => [`@callfluent/native-${name}`, main.version])));
});

test('the package has licenses and maps of its sources', { skip }, () => {
  for (const license of ['LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT']) {
    assert.ok(readFileSync(join(folder, license), 'utf8').length > 100);
  }
  for (const file of ['index.js', 'index.mjs']) {
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, 'dist', `${file}.map`), 'utf8'));
    assert.ok(sources.some((source) => source.endsWith('src/client.ts')), sources);
    assert.equal(sourcesContent.length, sources.length);
  }
});

test('nothing runs during installation', () => {
  const scripts = Object.keys(main.scripts ?? {});
  assert.deepEqual(scripts.filter((name) => /install|prepare/.test(name)), []);
  assert.deepEqual(main.dependencies, undefined);
});
