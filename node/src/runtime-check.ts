// Throws one clear sentence in runtimes without Node's modules. Imported before everything else.

const { process: runtime } = globalThis as { process?: Partial<NodeJS.Process> };
if (typeof runtime?.getBuiltinModule !== 'function') {
  const version = runtime?.versions?.node;
  const found = version === undefined ? 'a browser, edge or worker runtime' : `Node ${version}`;
  throw new Error(`callfluent requires Node 20.16 or later, Bun or Deno; this is ${found}`);
}

export {};
