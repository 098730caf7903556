/**
 * `inproc://name`: sockets of one context, by libzmq's zmq_inproc page.
 *
 * @module
 */

import { type Given, refusal } from "./endpoint_text.ts";
import type { Asked, BoundLink, Scheme } from "./scheme.ts";

/** A name inside one context. */
export interface InprocEndpoint {
  /** Transport. */
  readonly scheme: "inproc";
  /** 1 to 256 characters, compared exactly. */
  readonly name: string;
}

/** inproc. */
export const INPROC: Scheme = {
  parse: parseInproc,
  // deno-lint-ignore require-await -- a failure is a rejection
  bind: async (asked) => bindNow(asked),
  bindSync: bindNow,
  connect: (asked, routingId) => {
    const { core, rest } = asked;
    return core.context.inproc.connect(parseInproc(rest, asked).name, core, routingId);
  },
};

/** zmq_inproc's limit. */
const MAX_CHARACTERS = 256;

function parseInproc(name: string, given: Given): InprocEndpoint {
  if (name.length > MAX_CHARACTERS) {
    throw refusal(given, "ENAMETOOLONG", `a name has at most ${MAX_CHARACTERS} characters`);
  }
  return { scheme: "inproc", name };
}

function bindNow(asked: Asked): BoundLink {
  const { core, rest, address } = asked;
  const binding = core.context.inproc.bind(parseInproc(rest, asked).name, core);
  return {
    endpoint: address,
    told: false,
    get pipes() {
      return binding.pipes;
    },
    stopListening: () => binding.stopListening(),
    close: () => binding.close(),
  };
}
