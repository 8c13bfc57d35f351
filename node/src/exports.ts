// Runtime exports of both module formats. A program can load the package as an ES module and as
// CommonJS; the second copy exports the classes of the first, so that `instanceof` holds.

import './runtime-check';
import * as own from './index';
import { VERSION } from './version';

type Exports = typeof own;

const KEY = Symbol.for(`callfluent@${VERSION}`);
const shared = ((globalThis as { [KEY]?: Exports })[KEY] ??= own);

export const {
  APIConnectionError,
  APIError,
  APIResponseError,
  APIStatusError,
  APITimeoutError,
  ActionsResource,
  AgentType,
  AgentsResource,
  AuthenticationError,
  BackgroundSound,
  BadRequestError,
  BulkPromise,
  CalendarPeriod,
  CallFluent,
  CallFluentError,
  CallWatch,
  CallWatching,
  CallsResource,
  ConflictError,
  CustomFieldsResource,
  DroppedFieldsError,
  GoogleDuration,
  InternalServerError,
  InvalidRequestError,
  KNOWN_VALUES,
  KnowledgeResource,
  Language,
  LimitReachedError,
  LineType,
  NotFoundError,
  OpenaiModel,
  OutcomeUnknownError,
  PagePromise,
  PermissionDeniedError,
  PhoneNumbersResource,
  RateLimitError,
  Resources,
  Sandbox,
  Timezone,
  Tone,
  UnprocessableEntityError,
  UserResource,
  Voice,
  WorkspacesResource,
  openTelemetry,
  setOffline,
  toArrow,
  toColumns,
  toValues,
  useSandbox,
} = shared;
export default CallFluent;

/** `never` if the list above is complete. */
type Missing = Exclude<keyof Exports, keyof typeof import('./exports')>;
const isComplete: [Missing] extends [never] ? true : Missing = true;
void isComplete;
