/**
 * Commands in traffic (RFC 37, RFC 48), and what messages may be to a DISH.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import type { EngineHost } from "../../../src/io/engine.ts";
import { copyFrame } from "../../../src/message/frame.ts";
import type { Message } from "../../../src/message/frame.ts";
import {
  checkIdentity,
  readCommand,
  readPing,
  requireGroup,
  trafficCommand,
} from "../../../src/zmtp/commands.ts";
import { join, octets } from "../../support/transcript.ts";
import { must, refused } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly name: string;
  readonly data: Body;
  readonly edits: Edit[];
  readonly publishes: boolean;
  readonly radio: boolean;
}

const NAMES = ["SUBSCRIBE", "CANCEL", "JOIN", "LEAVE", "PING", "PONG", "ERROR", "READY", "", "X"];

export const commands: AnyTarget = target<Input>({
  name: "commands",
  promise: "are read whole or refused by a ProtocolError, and tell at most one message of their own size",
  input: (fc) =>
    fc.record<Input>({
      name: fc.constantFrom(...NAMES),
      data: body(fc),
      edits: edits(fc),
      publishes: fc.boolean(),
      radio: fc.boolean(),
    }),
  check({ name, data, edits, publishes, radio }) {
    const body = edited(join([name.length], octets(name), octetsOf(data)), edits);
    const told: Message[] = [];
    const host: EngineHost = { ready() {}, failed() {}, push: (message) => told.push(message) > 0 };
    refused(ProtocolError, () => {
      const command = readCommand(body);
      must(command.name.length === body[0], "a name cut short");
      must(1 + command.name.length + command.data.length === body.length, "octets were lost");
      trafficCommand(command, { publishes, radio, dish: false }, host);
    });
    const size = told.flat().reduce((sum, { length }) => sum + length, 0);
    must(told.length <= 1 && size <= body.length, `${told.length} messages of ${size} octets`);
    refused(
      ProtocolError,
      () => must(readPing(body).context.length <= 16, "a context of more than 16 octets"),
    );
    refused(ProtocolError, () => checkIdentity(body));
    refused(ProtocolError, () => requireGroup([copyFrame(body), copyFrame(body)]));
  },
});
