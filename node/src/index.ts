// Everything that the package offers.

export { CallFluent, type DriftEntry } from './client';
export {
  type BulkChangeOptions, type BulkItem, type BulkOptions, type BulkProgress, BulkPromise, type BulkResolution, type ItemsById,
} from './bulk';
export type { RequestContent } from './request-content';
export {
  APIConnectionError,
  APIError,
  APIResponseError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  BadRequestError,
  CallFluentError,
  ConflictError,
  DroppedFieldsError,
  InternalServerError,
  InvalidRequestError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  type FieldError,
  RateLimitError,
  UnprocessableEntityError,
} from './errors';
export type { FileContent, FileInput, NamedFile } from './files';
export type * from './generated/models';
export * from './generated/values';
export * from './generated/resources';
export type { Attempt, EndedAttempt, Hooks } from './hooks';
export type { Id, IdInput } from './id';
export type { Logger, LogRecord } from './logging';
export type { ClientOptions, RequestOptions, SharedOptions } from './options';
export { type Page, type ListProgress, PagePromise } from './pagination';
export type { ListOptions } from './list-options';
export type { UploadOptions, UploadProgress } from './upload-options';
export type { Tabular } from './tabular';
export { type ArrowModule, type ArrowTable, toArrow } from './arrow-table';
export {
  type BooleanColumn, type Column, type Columns, type ColumnType, type IntegerColumn, type NumberColumn, type RecordsOptions,
  type StringColumn, type TableOptions, toColumns, toValues,
} from './tables';
export type { ExportFormat, ExportMask, ExportProgress, ExportResult } from './export-steps';
export { Sandbox } from './local-sandbox';
export type { CurlCommands, RawResponse, RawResponses } from './request-views';
export { setOffline } from './offline';
export { useSandbox, type TestHooks } from './sandbox-hooks';
export type { OperationArguments, OperationName } from './generated/operations';
export type {
  AgentOverrides, CallOverrides, CallScript, IdOrObject, JournalEntry, OperationEntry, SandboxNumber, SandboxObject,
  SandboxOptions, SandboxSnapshot, ScriptedResponse, WebhookDelivery,
} from './sandbox-types';
export type { ExportOptions, WaitOptions, WatchOptions } from './generated/call-options';
export { CallWatch, CallWatching } from './watching';
export {
  openTelemetry,
  type TelemetryMeter,
  type TelemetryMeterProvider,
  type OpenTelemetryApi,
  type OpenTelemetryOptions,
  type TelemetrySpan,
  type TelemetryTracer,
  type TelemetryTracerProvider,
} from './telemetry';
export { CallFluent as default } from './client';
