/**
 * What the demo shows: a table that fills line by line. On a terminal the line of the exchange that is under way
 * moves; elsewhere each line is written once, as plain text.
 *
 * @module
 */

import { outputHasColours, outputIsTerminal, print as printLine, write } from "../host.ts";
import { showCount, showSize } from "../numbers.ts";
import type { Outcome, Stage } from "./stage.ts";

const live = outputIsTerminal();
const colours = outputHasColours();
const BAR = 20;

/** Writes one exchange's line while it is under way; answers what stops that. */
export function follow(transport: string, stage: Stage, milliseconds: number): () => void {
  if (!live) return () => {};
  const begin = performance.now();
  const draw = () => {
    const share = Math.min(1, (performance.now() - begin) / milliseconds);
    const done = Math.round(share * BAR);
    const bar = "█".repeat(done) + dim("░".repeat(BAR - done));
    void write(`\r\x1b[K  ${transport.padEnd(8)}${count(stage.arrived, 11)}  ${bar}`);
  };
  draw();
  const timer = setInterval(draw, 80);
  return () => {
    clearInterval(timer);
    void write("\r\x1b[K");
  };
}

/** The title, and the heads of the columns. */
export function begin(title: string): void {
  print(`${bold(title)}\n`);
  const columns = `${" ".repeat(10)}${"messages".padStart(11)}${"octets".padStart(12)}` +
    `${"messages/s".padStart(14)}${"octets/s".padStart(14)}`;
  print(dim(columns));
}

/** A pattern begins. */
export function heading(pattern: string, cast: string): void {
  print(`${bold(pattern)}  ${dim(cast)}`);
}

/** An exchange is over. */
export function row(transport: string, { arrived, octets, seconds, faults }: Outcome): void {
  const rate = seconds > 0 ? arrived / seconds : 0;
  const flow = seconds > 0 ? octets / seconds : 0;
  const verdict = faults.length === 0 ? green("all arrived") : red(faults.slice(0, 3).join("; "));
  print(
    `  ${transport.padEnd(8)}${count(arrived, 11)}${showSize(octets).padStart(12)}` +
      `${count(rate, 14)}${`${showSize(flow)}/s`.padStart(14)}  ${verdict}`,
  );
}

/** All are over; resolves when that is written. */
export function finish(outcomes: readonly Outcome[], seconds: number): Promise<void> {
  const sum = (field: "sent" | "arrived" | "octets") =>
    outcomes.reduce((total, outcome) => total + outcome[field], 0);
  const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
  print("");
  print(
    `${outcomes.length} exchanges in ${seconds.toFixed(1)} s: ${showCount(sum("sent"))} messages sent, ` +
      `${showCount(sum("arrived"))} arrived, ${showSize(sum("octets"))}.`,
  );
  return print(
    failed === 0
      ? green("Every message that was sent arrived, in order.")
      : red(`${failed} of ${outcomes.length} exchanges went wrong.`),
  );
}

/** A line of text; they come out in order, so the last tells when all are written. */
function print(text: string): Promise<void> {
  return printLine(text);
}

function count(value: number, width: number): string {
  return showCount(value).padStart(width);
}

function styled(code: number, text: string): string {
  return colours ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function bold(text: string): string {
  return styled(1, text);
}

function dim(text: string): string {
  return styled(2, text);
}

function green(text: string): string {
  return styled(32, text);
}

function red(text: string): string {
  return styled(31, text);
}
