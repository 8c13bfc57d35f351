// Environment variables that a client takes defaults from. They come from `process.env`, which can
// differ from the environment of the process: Jest, Vitest, worker threads and .env loaders replace
// it. The addon reads no variable of its own, so a test cannot reach the production API by mistake.

import { loadNative } from './native';

/** Settings of a client that come from environment variables. */
export interface FromEnvironment {
  /** Variables that the core interprets. */
  readonly environment: Readonly<Record<string, string>>;
  /** PEM file with further certificates. It is a variable of Node, so the core does not know it. */
  readonly extraCaFile: string | undefined;
}

/** Returns the settings that variables have. */
export function fromEnvironment(): FromEnvironment {
  const variables: Record<string, string> = {};
  for (const name of loadNative().environmentVariables()) {
    const value = process.env[name];
    if (value !== undefined) {
      variables[name] = value;
    }
  }
  return { environment: variables, extraCaFile: process.env['NODE_EXTRA_CA_CERTS'] || undefined };
}
