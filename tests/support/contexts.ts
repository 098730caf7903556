/**
 * What tests of the public classes over inproc begin with: a context of their own and sockets in it. And what they
 * ask of an error: its code.
 */

import { assertRejects, assertThrows } from "@std/assert";
import { Context, ZmqError } from "../../mod.ts";

/** A context for this long. */
export async function withContext(body: (context: Context) => Promise<void>): Promise<void> {
  const context = new Context();
  await body(context);
  await context.close();
}

/** So many sockets of a context, for this long. */
export function withSockets<Each>(
  count: number,
  make: (context: Context) => Each,
  body: (...sockets: Each[]) => Promise<void>,
): Promise<void> {
  return withContext((context) => body(...Array.from({ length: count }, () => make(context))));
}

/** The code of the `ZmqError` that it rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, ZmqError) as ZmqError).code;
}

/** The code of the `ZmqError` that it throws. */
export function thrownCode(body: () => unknown): string {
  return (assertThrows(body, ZmqError) as ZmqError).code;
}
