// What only a fresh process shows: `fresh.mjs WHAT NAME BASE_URL [PATH]` measures one thing once and prints it as JSON.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clients from './clients.mjs';

const [what, name, baseUrl, path] = process.argv.slice(2);

const status = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const memory = (field) => status(field) * 1024;

const measures = {
  /** From before the import to the answer, in seconds. */
  async 'first-answer'() {
    const started = performance.now();
    const { agent } = await clients[name](baseUrl);
    const answer = await agent();
    const seconds = (performance.now() - started) / 1e3;
    if (answer !== 'Sales assistant') {
      throw new Error(answer);
    }
    return { seconds };
  },

  /** Memory and threads of a process with a client that has answered and rests. */
  async idle() {
    const { agent } = await clients[name](baseUrl);
    await agent?.();
    await sleep(100);
    return { bytes: memory('VmRSS'), threads: status('Threads') };
  },

  /** What each of 1,000 clients costs after the first. */
  async 'further-clients'() {
    const { agent, further } = await clients[name](baseUrl);
    await agent();
    const [before, started] = [memory('VmRSS'), performance.now()];
    const made = Array.from({ length: 1_000 }, further);
    const seconds = (performance.now() - started) / 1e3;
    return { seconds: seconds / made.length, bytes: (memory('VmRSS') - before) / made.length };
  },

  /** The time of an upload, and what it takes of memory at its peak. */
  async upload() {
    const { agent, upload } = await clients[name](baseUrl);
    await agent();
    const [before, started] = [memory('VmRSS'), performance.now()];
    await upload(path);
    const seconds = (performance.now() - started) / 1e3;
    return { seconds, bytes: memory('VmHWM') - before };
  },
};

console.log(JSON.stringify(await measures[what]()));
// Some clients keep their process alive.
process.exit(0);
