// The asynchronous context of a request, for code of the user that runs later: loggers, hooks and
// upload streams. The addon wakes JavaScript in no context.

/** Runs code in the asynchronous context of another place, e.g. with its `AsyncLocalStorage`. */
export type InContext = <T>(run: () => T) => T;

/** Captures the asynchronous context of the caller. */
export function captureContext(): InContext {
  // A runtime without it, such as an old Deno, keeps the context of the event loop.
  return process.getBuiltinModule('node:async_hooks').AsyncLocalStorage.snapshot?.() ?? ((run) => run());
}
