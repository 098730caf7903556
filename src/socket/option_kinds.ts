/**
 * One option as data: its name and number, its range, how it is checked, stored and read. The sockets' table and the
 * context's are made of these.
 *
 * Type errors are zeromq.js's TypeErrors, word for word; a value out of range is a `ZmqError` EINVAL that names
 * option, value and range. A value is stored only after every check.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

/** How the value looks in C, which is also how it is reached by number. */
export type OptionKind = "int32" | "uint32" | "int64" | "uint64" | "bool" | "string" | "bytes" | "enum";

/** An option of objects whose values are a `Values`. */
export interface Option<Values, Owner extends string = string> {
  /** Property name. */
  readonly name: string;
  /** Number in `zmq.h`; `undefined` for ours and for one that stands for two. */
  readonly id: number | undefined;
  /** How it looks in C. */
  readonly kind: OptionKind;
  /** What is allowed, for people. */
  readonly range: string;
  /** The classes that have it; empty: all. */
  readonly owners: readonly Owner[];
  /** Whether it can only be read. */
  readonly readOnly: boolean;
  /** Whether it is reached by number only, and no property. */
  readonly hidden: boolean;
  /** What the property shows. */
  read(values: Values): unknown;
  /** Checks and stores. */
  write(values: Values, value: unknown): void;
}

/** What rows may say beyond the usual. */
export interface OptionDetails<Owner extends string = string> {
  /** The classes that have it; default: all. */
  readonly owners?: readonly Owner[];
  /** Default: `false`. */
  readonly readOnly?: boolean;
  /** Default: `false`. */
  readonly hidden?: boolean;
}

/** The largest 32-bit integer, the end of most ranges. */
export const INT32_MAX = 0x7fffffff;

/** An integer from `minimum` to `maximum`, stored under its name or another; `round` may change it first. */
export function integerOption<Values, Owner extends string>(
  name: string,
  id: number | undefined,
  kind: "int32" | "uint32" | "int64" | "uint64",
  minimum: number,
  maximum: number,
  details: OptionDetails<Owner> = {},
  round: (value: number) => number = asIs,
  key: string & keyof Values = name as string & keyof Values,
): Option<Values, Owner> {
  const range = `${describeLimit(minimum)} to ${describeLimit(maximum)}`;
  return row(name, id, kind, range, details, (values) => values[key], (values, value) => {
    if (typeof value !== "number") throw new TypeError("Option value must be a number");
    // 2^63 cannot be told from the largest value below it, so it is not included; 2^64 is: it is how a number says
    // 0xffffffffffffffff.
    const fits = value <= maximum && (value < maximum || maximum !== 2 ** 63);
    if (!Number.isInteger(value) || value < minimum || !fits) {
      throw invalid(name, String(value), `it must be an integer from ${range}`);
    }
    // + 0 makes 0 of -0.
    (values as Record<string, unknown>)[key] = round(value + 0);
  });
}

/** `true` or `false`, stored under its name. */
export function booleanOption<Values, Owner extends string>(
  name: string & keyof Values,
  id: number | undefined,
  details: OptionDetails<Owner> = {},
): Option<Values, Owner> {
  return row(
    name,
    id,
    "bool",
    "true or false",
    details,
    (values) => values[name],
    (values, value) => {
      (values as Record<string, unknown>)[name] = requireBoolean(value);
    },
  );
}

/** Any other option, by its own reader and writer. */
export function row<Values, Owner extends string>(
  name: string,
  id: number | undefined,
  kind: OptionKind,
  range: string,
  details: OptionDetails<Owner>,
  read: (values: Values) => unknown,
  write: (values: Values, value: unknown) => void,
): Option<Values, Owner> {
  const { owners = [], readOnly = false, hidden = false } = details;
  return { name, id, kind, range, owners, readOnly, hidden, read, write };
}

/** The boolean given, or a TypeError: 1 and 0 are none. */
export function requireBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean");
  return value;
}

/** A copy of the octets given, text in UTF-8, `undefined` for `null`; or a TypeError. */
export function requireOctets(value: unknown): Uint8Array | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return new TextEncoder().encode(value);
  // Not `instanceof`: a view of another realm is as good. Not slice(): Buffer's does not copy.
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  throw new TypeError("Option value must be a string or buffer");
}

/** Octets as text, or `null` if there are none. */
export function asText(octets: Uint8Array | undefined): string | null {
  return octets === undefined || octets.length === 0 ? null : new TextDecoder().decode(octets);
}

/** EINVAL for a value that an option does not take. */
export function invalid(name: string, value: string, reason: string): ZmqError {
  const shown = value.length <= 60 ? value : `${value.slice(0, 50)}… (${value.length} characters)`;
  return new ZmqError("EINVAL", `Cannot set ${name} to ${shown}: ${reason}`);
}

function asIs(value: number): number {
  return value;
}

function describeLimit(limit: number): string {
  if (limit === 2 ** 63) return "2^63 - 1";
  if (limit === 2 ** 64) return "2^64 - 1";
  if (limit === -(2 ** 63)) return "-2^63";
  return String(limit);
}
