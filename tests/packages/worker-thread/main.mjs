// Lists agents in a worker thread that has variables of its own.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('worker.mjs', import.meta.url), {
  env: { CALLFLUENT_API_KEY: process.argv[2], CALLFLUENT_BASE_URL: process.argv[3] },
});
worker.on('message', (names) => console.log(names.join(', ')));
