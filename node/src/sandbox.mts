// ES module entry point `callfluent/sandbox`.

export {
  Sandbox, type CallScript, type JournalEntry, type OperationName, type SandboxObject, type SandboxOptions,
  type SandboxSnapshot, type ScriptedResponse, type TestHooks, useSandbox, type WebhookDelivery,
} from './index.mjs';
