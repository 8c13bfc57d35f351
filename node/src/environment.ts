// Environment variables that a client takes defaults from. They come from `process.env`, which can
// differ from the environment of the process: Jest, Vitest, worker threads and .env loaders replace
// it. The addon reads no variable of its own, so a test cannot reach the production API by mistake.

import { loadNative } from './native';

/** Returns the variables that are set. */
export function environmentVariables(): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of loadNative().environmentVariables()) {
    const value = process.env[name];
    if (value !== undefined) {
      variables[name] = value;
    }
  }
  return variables;
}
