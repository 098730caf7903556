/**
 * What a socket's command prints: a message a line.
 *
 * @module
 */

import { concatBytes } from "../../base/bytes.ts";
import type { Arguments } from "../args.ts";
import { type Format, formatMessage, type Style } from "../format.ts";
import { outputIsTerminal, write } from "../host.ts";
import { separatorOf } from "./input.ts";

const LINE_END = Uint8Array.of(0x0a);

/** How messages are printed. */
export function outputStyle(args: Arguments, routingId = false): Style {
  return {
    format: (args.text("format") ?? "text") as Format,
    separator: separatorOf(args),
    terminal: outputIsTerminal(),
    routingId,
  };
}

/** Prints messages in one write; resolves when they are written. */
export function printMessages(messages: readonly (readonly Uint8Array[])[], style: Style): Promise<void> {
  return write(concatBytes(...messages.flatMap((parts) => [formatMessage(parts, style), LINE_END])));
}
