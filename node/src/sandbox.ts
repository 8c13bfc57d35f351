// Entry point `callfluent/sandbox`. The class itself is part of the main file, so that there is one
// copy of each class.

import { Sandbox } from './index';

// A test imports this file before it creates a client.
Sandbox.protectTests();

export {
  type AgentOverrides, type CallOverrides, type CallScript, type IdOrObject, type JournalEntry, type OperationArguments,
  type OperationEntry, type OperationName, Sandbox, type SandboxNumber, type SandboxObject, type SandboxOptions,
  type SandboxSnapshot, type ScriptedResponse, setOffline, type TestHooks, useSandbox, type WebhookDelivery,
} from './index';
