// ES module entry point `callfluent/sandbox`.

export {
  Sandbox, type JournalEntry, type OperationName, type SandboxObject, type SandboxOptions, type ScriptedResponse,
} from './index.mjs';
