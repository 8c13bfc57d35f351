// Personal data in exports: digits of phone numbers, and transcripts.

/** Data that an export masks. */
export type ExportMask = 'phoneNumbers' | 'transcripts';

/** All masks. */
export const MASKS: readonly ExportMask[] = ['phoneNumbers', 'transcripts'];

const NUMBER = /\+?\d[\d ().-]{5,}\d/g;
const NUMBER_IN_TEXT = /\+\d[\d ().-]{5,}\d/g;

/** Returns a record without what the masks name. */
export function masked(record: object, masks: ReadonlySet<ExportMask>): object {
  let result: unknown = record;
  if (masks.has('transcripts')) {
    result = withoutTranscripts(result);
  }
  if (masks.has('phoneNumbers')) {
    result = withoutNumbers(result, '');
  }
  return result as object;
}

function withoutTranscripts(value: unknown): unknown {
  return mapped(value, '', (item, name) => (name.toLowerCase().includes('transcript') ? null : withoutTranscripts(item)));
}

function withoutNumbers(value: unknown, name: string): unknown {
  if (typeof value === 'string') {
    return value.replace(isNameOfNumber(name) ? NUMBER : NUMBER_IN_TEXT, maskedDigits);
  }
  // A number without a plus sign can be an integer.
  return typeof value === 'number' && Number.isInteger(value) && isNameOfNumber(name)
    ? maskedDigits(String(value))
    : mapped(value, name, withoutNumbers);
}

/** Returns a copy of an object or a list. Items of a list have the name of the list. */
function mapped(value: unknown, name: string, map: (item: unknown, name: string) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => map(item, name));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, key)]))
    : value;
}

function isNameOfNumber(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.includes('phone') || ['to', 'from', 'caller', 'callee'].includes(lower);
}

/** Returns a number of which only the last four digits can be read. */
function maskedDigits(number: string): string {
  return number.replace(/\d(?=(?:\D*\d){4})/g, '*');
}
