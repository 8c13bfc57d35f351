// Entry point `callfluent/sandbox`. The class itself is part of the main file, so that there is one
// copy of each class.

export {
  Sandbox, type JournalEntry, type OperationName, type SandboxObject, type SandboxOptions, type ScriptedResponse,
} from './index';
