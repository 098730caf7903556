/**
 * The client's side of SOCKS 5 (RFC 1928, RFC 1929), fed with what a proxy says.
 */

import { SocksClient, SocksError } from "../../../src/session/socks.ts";
import { join } from "../../support/transcript.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { must, refused, show } from "../holds.ts";
import { cuts, type Edit, edited, edits } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Of the proxy's reply: the octet that says how it went, and the address behind it. */
  readonly reply: number;
  readonly address: Uint8Array;
  readonly edits: Edit[];
  readonly behind: Uint8Array;
  readonly cuts: number[];
}

/** Its own kind and length in front. */
const ADDRESSES = [
  Uint8Array.of(1, 127, 0, 0, 1),
  Uint8Array.of(4, ...new Array<number>(16).fill(9)),
  Uint8Array.of(3, 0),
  Uint8Array.of(3, 3, 102, 97, 114),
  Uint8Array.of(3, 255, ...new Array<number>(255).fill(120)),
];

export const socks: AnyTarget = target<Input>({
  name: "socks",
  promise:
    "says the same to a proxy in any pieces, connects or refuses once, and leaves what is behind alone",
  input: (fc) =>
    fc.record<Input>({
      host: fc.constantFrom("far", "127.0.0.1", "::1", "x".repeat(255)),
      username: fc.constantFrom("", "", "user", "u".repeat(255)),
      password: fc.constantFrom("", "password"),
      reply: fc.constantFrom(0, 0, 0, 0, 1, 5, 8, 9, 255),
      address: fc.constantFrom(...ADDRESSES),
      edits: edits(fc),
      behind: fc.uint8Array({ maxLength: 12 }),
      cuts: cuts(fc),
    }),
  check(input) {
    const { username, reply, address, behind } = input;
    const said = join(
      username === "" ? Uint8Array.of(5, 0) : Uint8Array.of(5, 2, 1, 0),
      Uint8Array.of(5, reply, 0),
      address,
      Uint8Array.of(0x15, 0xb3),
      behind,
    );
    const whole = toldInAnyPieces(edited(said, input.edits), input.cuts, (pieces) => talk(input, pieces));
    if (input.edits.length > 0) return;
    const last = whole.at(-1)!;
    must(reply === 0 ? last === `behind ${show(behind)}` : last.startsWith("refused"), `the end is ${last}`);
  },
});

function talk({ host, username, password }: Input, pieces: readonly Uint8Array[]): string[] {
  const client = new SocksClient({ host, port: 5555, username, password });
  const told: Uint8Array[] = [client.greeting];
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (client.connected) {
      rest.push(piece);
      continue;
    }
    const error = refused(SocksError, () => told.push(client.receive(piece)));
    if (error === undefined) continue;
    must(error.message.length < 200 && error.code !== "", "a refusal that says too much or nothing");
    // How much was said before the refusal depends on the pieces: what counts is that it is one.
    return [`refused ${error.code} ${error.message}`];
  }
  const all = join(...told);
  must(all.length <= 3 + 513 + 262, `${all.length} octets were said`);
  const lines = [`said ${show(all)}`];
  if (client.connected) lines.push(`behind ${show(join(client.rest, ...rest))}`);
  return lines;
}
