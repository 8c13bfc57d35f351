// ES module entry point `callfluent/sandbox`.

export { Sandbox, type SandboxOptions, type ScriptedResponse } from './index.mjs';
