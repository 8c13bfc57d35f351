// ES module entry point `callfluent/sandbox`.

import { Sandbox } from './index.mjs';

// A test imports this file before it creates a client.
Sandbox.protectTests();

export {
  Sandbox, type CallScript, type JournalEntry, type OperationName, type SandboxObject, type SandboxOptions,
  type SandboxSnapshot, type ScriptedResponse, setOffline, type TestHooks, useSandbox, type WebhookDelivery,
} from './index.mjs';
