/**
 * What a socket's command sends: the messages of `--data`, else the lines of stdin, in the pace of `--interval`.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { UsageError } from "../args.ts";
import { Failure } from "../failure.ts";
import { type Format, FormatError, parseMessage, parseSeparator, type Style } from "../format.ts";
import { inputLines } from "../host.ts";

/** A message to send. */
export type Parts = readonly Uint8Array[];

/** How lines are read. */
export function inputStyle(args: Arguments, routingId = false): Style {
  return {
    format: (args.text("input-format") ?? "text") as Format,
    separator: separatorOf(args),
    routingId,
  };
}

/** What is between the parts. */
export function separatorOf(args: Arguments): string {
  return parseSeparator(args.text("separator") ?? "\t");
}

/**
 * The messages to send. With `--data` they are repeated: up to `most`, or for ever with an interval; each once
 * if neither is given. Of stdin it takes `lines` at most, each once.
 *
 * @throws {UsageError} if `--data` is not what its form wants; at once
 */
export function messagesToSend(
  args: Arguments,
  style: Style,
  most: number | undefined,
  lines: number = most ?? Infinity,
): AsyncIterable<Parts> {
  const interval = args.number("interval");
  if (!args.has("data")) return paced(fromInput(style, lines), interval);
  const list = givenMessages(args, style);
  return paced(cycled(list, most ?? (interval === undefined ? list.length : Infinity)), interval);
}

/** The messages of `--data`. */
export function givenMessages(args: Arguments, style: Style): Parts[] {
  return args.all("data").map((text) => {
    try {
      return parseMessage(new TextEncoder().encode(text), style);
    } catch (error) {
      throw error instanceof FormatError ? new UsageError(`--data ${text}: ${error.message}`) : error;
    }
  });
}

/** A message a line. */
export async function* fromInput(style: Style, most: number): AsyncGenerator<Parts, void, undefined> {
  let number = 0;
  for await (const line of inputLines()) {
    number++;
    let message: Parts;
    try {
      message = parseMessage(line, style);
    } catch (error) {
      throw error instanceof FormatError ? new Failure(`line ${number} of stdin: ${error.message}`) : error;
    }
    yield message;
    if (number >= most) return;
  }
}

async function* cycled(list: readonly Parts[], most: number): AsyncGenerator<Parts, void, undefined> {
  for (let sent = 0; sent < most; sent++) yield list[sent % list.length]!;
}

/** Hands one on every so many milliseconds, the first at once. */
async function* paced(
  messages: AsyncIterable<Parts>,
  interval: number | undefined,
): AsyncGenerator<Parts, void, undefined> {
  let due: number | undefined;
  for await (const message of messages) {
    if (interval !== undefined) {
      const now = performance.now();
      // One that comes late does not make the next ones come in a burst.
      due = due === undefined ? now : Math.max(due + interval, now);
      if (due > now) await sleep(due - now);
    }
    yield message;
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
