// Memory and threads of this process, from its status.

import { readFileSync } from 'node:fs';

export const status = (field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]);

/** Bytes. */
export const memory = (field) => status(field) * 1024;
