// Measurements that need a new process: `fresh.mjs NAME BASE_URL WHAT [PATH]` measures one thing
// once and prints it as JSON.

import { setTimeout as sleep } from 'node:timers/promises';

import * as clients from './clients.mjs';
import { memory, status } from './memory.mjs';

const [name, baseUrl, what, path] = process.argv.slice(2);

const measures = {
  /** From before the import to the response, in seconds. */
  async 'first-response'() {
    const started = performance.now();
    const { agent } = await clients[name](baseUrl);
    const result = await agent();
    const seconds = (performance.now() - started) / 1e3;
    if (result !== 'Sales assistant') {
      throw new Error(result);
    }
    return { seconds };
  },

  /** Memory and threads of a process with a client after its first response. */
  async idle() {
    const { agent } = await clients[name](baseUrl);
    await agent?.();
    await sleep(100);
    return { bytes: memory('VmRSS'), threads: status('Threads') };
  },

  /** Cost of each of 1,000 clients after the first. */
  async 'additional-clients'() {
    const { agent, another } = await clients[name](baseUrl);
    await agent();
    const [before, started] = [memory('VmRSS'), performance.now()];
    const made = Array.from({ length: 1_000 }, another);
    const seconds = (performance.now() - started) / 1e3;
    return { seconds: seconds / made.length, bytes: (memory('VmRSS') - before) / made.length };
  },

  /** Time of an upload, and growth of memory at its peak. */
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
