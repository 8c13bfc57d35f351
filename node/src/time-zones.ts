// Adds today's offset to the error about a time zone that is passed by its name: the core does not
// know the zones, but JavaScript does.

import type { FieldError } from './field-error';

/** A field error of the addon. */
export interface ReportedFieldError extends FieldError {
  /** Time zone that was passed by its name, if the core does not know its offset. */
  readonly timeZone?: string;
}

/** Adds offsets to the reasons of field errors, and to the message that contains the reasons. */
export function withOffsets(
  message: string,
  errors: readonly ReportedFieldError[],
): { message: string; fieldErrors: readonly FieldError[] } {
  let explained = message;
  const fieldErrors = errors.map(({ field, reason, timeZone }) => {
    const offset = timeZone === undefined ? undefined : offsetToday(timeZone);
    if (offset === undefined) {
      return { field, reason };
    }
    const longer = `${reason}, which is ${offset} today`;
    explained = explained.replace(reason, () => longer);
    return { field, reason: longer };
  });
  return { message: explained, fieldErrors };
}

/** Returns today's offset of a zone, e.g. `UTC+01:00`. */
function offsetToday(timeZone: string): string | undefined {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    const name = format.formatToParts(new Date()).find(({ type }) => type === 'timeZoneName')?.value;
    return name === 'GMT' ? 'UTC+00:00' : name?.replace('GMT', 'UTC');
  } catch {
    // No such zone.
    return undefined;
  }
}
