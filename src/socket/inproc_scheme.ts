/**
 * `inproc://name`: sockets of one context, by libzmq's zmq_inproc page.
 *
 * @module
 */

import type { InprocBinding } from "../inproc/registry.ts";
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
  bind: async (asked) => {
    const { core, rest } = asked;
    return boundLink(asked, await core.context.inproc.bindShared(parseInproc(rest, asked).name, core));
  },
  bindSync: (asked) => {
    const { core, rest } = asked;
    return boundLink(asked, core.context.inproc.bind(parseInproc(rest, asked).name, core));
  },
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

function boundLink({ address }: Asked, binding: InprocBinding): BoundLink {
  return {
    endpoint: address,
    told: false,
    get pipes() {
      return binding.pipes;
    },
    stopListening: () => binding.stopListening(),
    close: (linger) => binding.close(linger),
  };
}
