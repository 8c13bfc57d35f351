// Types of IDs. The API documents numbers, sometimes sends strings, and some IDs are UUIDs.

/** ID in a response: a number, or a string if a number cannot hold it exactly. */
export type Id = number | string;

/** ID as an argument: a number, a string of digits, a `bigint`, or a UUID. */
export type IdInput = Id | bigint;
