/**
 * Messages under CURVE (RFC 26, "the MESSAGE command"): `07 MESSAGE`, a short nonce, and a box of flags and data.
 * In place and without an object a message: both keys, both counters and the name are made once.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { DirectionKey, stage } from "../crypto/direction.ts";
import { cryptographic, outOfSequence } from "./curve_boxes.ts";
import { fullNonce } from "./curve_nonce.ts";
import type { ShortNonce } from "./curve_nonce.ts";
import type { Traffic } from "./mechanism.ts";

/** The length of the name, and `MESSAGE`. */
const NAME = [0x07, 0x4d, 0x45, 0x53, 0x53, 0x41, 0x47, 0x45];
/** Where the nonce lies, and where the text: flags, then data. The MAC is between them. */
const NONCE_AT = 8;
const TEXT_AT = 32;
const OVERHEAD = 33;
/** RFC 26 knows MORE, libzmq added COMMAND, and a command has one frame. */
const FLAGS_MAX = 2;

/** The boxes of one connection, both ways. */
export class CurveTraffic implements Traffic {
  readonly overhead = OVERHEAD;
  readonly stage: Uint8Array | undefined = stage();
  readonly #outgoing: DirectionKey;
  readonly #incoming: DirectionKey;
  readonly #sent: ShortNonce;
  readonly #heard: ShortNonce;

  /**
   * `key` is that of both short-term keys, and is not kept. `sent` and `heard` are the numbers of the last commands
   * of the handshake, and count on.
   */
  constructor(key: Uint8Array, side: "client" | "server", sent: ShortNonce, heard: ShortNonce) {
    const client = new DirectionKey(key, prefix("CurveZMQMESSAGEC"));
    const server = new DirectionKey(key, prefix("CurveZMQMESSAGES"));
    this.#outgoing = side === "client" ? client : server;
    this.#incoming = side === "client" ? server : client;
    this.#sent = sent;
    this.#heard = heard;
  }

  seal(memory: Uint8Array, at: number, length: number, flags: number): void {
    const sent = this.#sent;
    if (!sent.increase()) {
      throw new ProtocolError(
        "ERR_ZMTP_INVALID_SEQUENCE",
        "Nothing more can be sealed: the connection is over, or has had its 2^64-1 commands (RFC 26)",
      );
    }
    for (let i = 0; i < NAME.length; i++) memory[at + i] = NAME[i]!;
    sent.put(memory, at + NONCE_AT);
    memory[at + TEXT_AT] = flags;
    this.#outgoing.seal(memory, at + TEXT_AT, 1 + length, sent.high, sent.low);
  }

  open(body: Uint8Array): number {
    checkForm(body);
    const heard = this.#heard;
    if (!heard.isBelow(body, NONCE_AT)) throw outOfSequence("MESSAGE");
    const { high, low } = heard;
    heard.take(body, NONCE_AT);
    if (!this.#incoming.open(body, TEXT_AT, body.length - TEXT_AT, heard.high, heard.low)) {
      heard.high = high;
      heard.low = low;
      throw cryptographic("The box of a MESSAGE does not open");
    }
    const flags = body[TEXT_AT]!;
    if (flags > FLAGS_MAX) throw malformed(`with the flags ${flags}`);
    return flags;
  }

  end(): void {
    this.#outgoing.wipe();
    this.#incoming.wipe();
    // A key of zeros would still seal: nothing may be sealed or opened any more.
    this.#sent.exhaust();
    this.#heard.exhaust();
  }
}

function prefix(text: string): Uint8Array {
  return fullNonce(text, new Uint8Array(0)).subarray(0, 16);
}

/** What can be seen without the key: another command, clear text, or a MESSAGE without room for a box. */
function checkForm(body: Uint8Array): void {
  for (let i = 0; i < NAME.length; i++) {
    if (body[i] === NAME[i]) continue;
    throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Other than MESSAGE after the handshake (RFC 26)");
  }
  if (body.length < OVERHEAD) throw malformed(`of ${body.length} octets`);
}

function malformed(how: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_MESSAGE", `A MESSAGE ${how} (RFC 26)`);
}
