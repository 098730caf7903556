/**
 * What the multicast programs share: their arguments, the head of a message, and their end. No `node:` import, as
 * in `../program.ts`.
 *
 * @module
 */

declare const Deno:
  | { args: string[]; exit(code: number): never; stdin: { read(into: Uint8Array): Promise<number | null> } }
  | undefined;
declare const process: {
  argv: string[];
  exit(code: number): never;
  stdin: { resume(): void; once(event: "end", listener: () => void): void };
};

/** The first octet of a message that the lab drops the first time it comes. */
export const MARK = 0xee;

/** The share of a flood that is not timed: the first garbage collections, the compilers' tiers. */
export const WARM_UP = 0.2;

/** What every program is told: what to do, where, and how. */
export interface Task {
  readonly role: string;
  readonly endpoint: string;
  readonly rate: number;
  readonly recoveryInterval: number;
  readonly size: number;
  /** How many messages, or for `pace` each how many milliseconds. */
  readonly number: number;
}

/** The arguments. */
export function task(): Task {
  const [role = "", endpoint = "", ...rest] = typeof Deno === "undefined" ? process.argv.slice(2) : Deno.args;
  const [rate = NaN, recoveryInterval = NaN, size = NaN, number = NaN] = rest.map(Number);
  return { role, endpoint, rate, recoveryInterval, size, number };
}

/** Writes the head: the mark, the number and the time. */
export function writeHead(message: Uint8Array, marked: boolean, number: number, sent: number): void {
  message[0] = marked ? MARK : 0;
  const view = new DataView(message.buffer);
  view.setUint32(4, number, true);
  view.setFloat64(8, sent, true);
}

/** The number of a message. */
export function numberOf(message: Uint8Array): number {
  return (message[4]! | message[5]! << 8 | message[6]! << 16 | message[7]! << 24) >>> 0;
}

/** When a message was sent. */
export function sentAt(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getFloat64(8, true);
}

/** Milliseconds since 1970, in fractions: the same in another process. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

/** Prints a line of JSON. */
export function print(result: object): void {
  console.log(JSON.stringify(result));
}

/** Ends this program when its standard input ends. */
export async function endWithInput(): Promise<void> {
  if (typeof Deno !== "undefined") {
    while (await Deno.stdin.read(new Uint8Array(64)) !== null);
    Deno.exit(0);
  }
  process.stdin.once("end", () => process.exit(0));
  process.stdin.resume();
}
