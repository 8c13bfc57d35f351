#!/usr/bin/env node
// The program `callfluent-sandbox`. It runs until it is interrupted.

import './runtime-check';
import { loadNative } from './native';

// Registered before the URL is printed: a program that reads it can interrupt at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(0));
}
const started = start();
if (typeof started === 'number') {
  process.exit(started);
}
// The thread of the sandbox does not keep Node alive.
setInterval(() => started.baseUrl, 2 ** 30);

function start(): ReturnType<ReturnType<typeof loadNative>['startSandboxProgram']> {
  try {
    return loadNative().startSandboxProgram(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`callfluent-sandbox: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 1;
  }
}
