// Adds today's offset to the error about a time zone that is passed by its name: the core does not
// know the zones, but JavaScript does.

import type { FieldError } from './field-error';

/** Reason against the name of a time zone. */
const EXPECTED_OFFSET = /^expected an offset from UTC.* got "(.+)"$/;

/** Adds offsets to the reasons of field errors, and to the message that contains the reasons. */
export function withOffsets(
  message: string,
  errors: readonly FieldError[],
): { message: string; fieldErrors: readonly FieldError[] } {
  let explained = message;
  const fieldErrors = errors.map(({ field, reason }) => {
    const zone = EXPECTED_OFFSET.exec(reason)?.[1];
    const offset = zone === undefined ? undefined : offsetToday(zone);
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
