// An invalid field, as errors report it.

/** An invalid field of a request, as the client or the server found it. */
export interface FieldError {
  /** Path of the field, e.g. `answerCreativity` or `fields[0].value`. */
  readonly field: string;
  /** Reason, and the expected value. */
  readonly reason: string;
}
