/**
 * RADIO, DISH and DGRAM over udp: one message, one datagram.
 */

import { ZmqError } from "../../../src/base/errors.ts";
import {
  checkDgramMessage,
  checkRadioMessage,
  decodeRadioMessage,
  encodeAddress,
  encodeRadioMessage,
  parseAddress,
} from "../../../src/udp/codec.ts";
import { octets } from "../../support/transcript.ts";
import { must, refused, show, showAll } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf, textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly group: Body;
  readonly body: Body;
  readonly edits: Edit[];
  readonly address: string;
}

export const udp: AnyTarget = target<Input>({
  name: "udp",
  promise: "drops a datagram in words or reads it within its bounds, and what is sent comes as it was",
  input: (fc) =>
    fc.record<Input>({
      group: body(fc),
      body: body(fc),
      edits: edits(fc),
      address: textOf(fc, [
        "127.0.0.1",
        "[::1]",
        ":",
        "80",
        "65536",
        "[",
        "%eth0]",
        "\0",
        "1.2.3",
        "256.",
        "fe80::",
      ], 5),
    }),
  check(input) {
    const message = [octetsOf(input.group), octetsOf(input.body)];
    const wire = edited(encodeRadioMessage(message), input.edits);
    const read = decodeRadioMessage(wire);
    if (typeof read !== "string") {
      must(read.length === 2 && read[0]!.length + read[1]!.length < wire.length, "more than came");
      must(!read[0]!.includes(0), "a group with a NUL");
    }
    const error = refused(ZmqError, () => checkRadioMessage(message));
    if (error === undefined) {
      const heard = decodeRadioMessage(encodeRadioMessage(message));
      must(typeof heard !== "string" && showAll(heard) === showAll(message), "another message");
    } else must(["EINVAL", "EMSGSIZE"].includes(error.code), `the code ${error.code}`);
    const part = octets(input.address);
    refused(ZmqError, () => checkDgramMessage([part, message[1]!]));
    const address = parseAddress(part);
    if (address !== undefined) {
      must(
        show(octets(JSON.stringify(parseAddress(encodeAddress(address))))) ===
          show(octets(JSON.stringify(address))),
        "another address",
      );
    }
  },
});
