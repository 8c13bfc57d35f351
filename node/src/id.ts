// Ids: the API documents numbers, sends text now and then, and some are UUIDs. JavaScript's numbers are exact up to 2^53,
// so an id beyond that comes as text and keeps its digits.

/** An id in an answer: a number, or text where it is no number or has more digits than a number holds exactly. */
export type Id = number | string;

/** An id as an argument: a number, its digits as text, a `bigint`, or a UUID. */
export type IdInput = Id | bigint;
