// The package for browsers, edge functions and workers, which have no native code. Bundlers choose
// this file by the export conditions. Known values work there; a client throws one clear sentence.

import type * as supported from './index';

type Exports = typeof supported;
type Values = typeof import('./generated/values');

/** Jest with jsdom chooses this file, too, although it runs in Node. */
const inNode = loadInNode();

function loadInNode(): Exports | undefined {
  try {
    const { process: runtime } = globalThis as { process?: NodeJS.Process };
    // Browsers have no `__filename`. In a bundle, `./index.js` would be a file of somebody else.
    const isInstalled = /[\\/](?:callfluent|node)[\\/]dist[\\/]unsupported\.js$/.test(__filename);
    return isInstalled
      ? (runtime?.getBuiltinModule('node:module').createRequire(__filename)('./index.js') as Exports | undefined)
      : undefined;
  } catch {
    return undefined;
  }
}

const MESSAGE =
  'callfluent requires Node, Bun or Deno; it cannot run in a browser, an edge function or a worker runtime. ' +
  'A browser would also show the API key. Create the client in code that runs on a server';

function unsupported(name: string): unknown {
  const throwing = (): never => {
    throw new Error(MESSAGE);
  };
  const StandIn = class {
    static start = throwing;
    constructor() {
      throwing();
    }
  };
  return Object.defineProperty(StandIn, 'name', { value: name });
}

const all = new Proxy({} as Exports, {
  get: (_, name: string) => inNode?.[name as keyof Exports] ?? unsupported(name),
});

export * from './generated/values';
export const {
  APIConnectionError,
  APIError,
  APIResponseError,
  APIStatusError,
  APITimeoutError,
  ActionsResource,
  AgentsResource,
  AuthenticationError,
  BadRequestError,
  BulkPromise,
  CallFluent,
  CallFluentError,
  CallWatch,
  CallWatching,
  CallsResource,
  ConflictError,
  CustomFieldsResource,
  DroppedFieldsError,
  InternalServerError,
  InvalidRequestError,
  KnowledgeResource,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PagePromise,
  PermissionDeniedError,
  PhoneNumbersResource,
  RateLimitError,
  Resources,
  Sandbox,
  UnprocessableEntityError,
  UserResource,
  WorkspacesResource,
} = all;
/** Tests in a browser have no sandbox. */
export const useSandbox: Exports['useSandbox'] =
  inNode?.useSandbox ??
  (() => {
    throw new Error(MESSAGE);
  });
export const setOffline: Exports['setOffline'] =
  inNode?.setOffline ??
  (() => {
    throw new Error(MESSAGE);
  });
const missing = (): never => {
  throw new Error(MESSAGE);
};
export const toArrow: Exports['toArrow'] = inNode?.toArrow ?? missing;
export const toColumns: Exports['toColumns'] = inNode?.toColumns ?? missing;
export const toValues: Exports['toValues'] = inNode?.toValues ?? missing;
export const openTelemetry: Exports['openTelemetry'] = inNode?.openTelemetry ?? missing;
export default CallFluent;

/** `never` if the list above is complete. */
type Missing = Exclude<keyof Exports, keyof typeof import('./unsupported') | keyof Values>;
const isComplete: [Missing] extends [never] ? true : Missing = true;
void isComplete;
