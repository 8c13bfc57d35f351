// ES module entry point `callfluent/sandbox`.

import { Sandbox } from './index.mjs';

// A test imports this file before it creates a client.
Sandbox.protectTests();

export {
  type AgentOverrides, type CallOverrides, type CallScript, type IdOrObject, type JournalEntry, type OperationArguments,
  type OperationEntry, type OperationName, Sandbox, type SandboxNumber, type SandboxObject, type SandboxOptions,
  type SandboxSnapshot, type ScriptedResponse, setOffline, type TestHooks, useSandbox, type WebhookDelivery,
} from './index.mjs';
