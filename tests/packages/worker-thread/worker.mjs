import { parentPort } from 'node:worker_threads';
import { CallFluent } from 'callfluent';

const client = new CallFluent();
parentPort.postMessage((await client.agents.list(1)).map(({ name }) => name));
