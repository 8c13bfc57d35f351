#!/usr/bin/env node
// The program `callfluent-sandbox`, the same as in Rust and Python: it runs until it is interrupted.

import { loadNative } from './native';

// Before the address is told: whoever reads it may interrupt at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(0));
}
const started = loadNative().startSandboxProgram(process.argv.slice(2));
if (typeof started === 'number') {
  process.exit(started);
}
// The sandbox lives on a thread of its own, which does not keep Node alive.
setInterval(() => started.baseUrl, 2 ** 30);
