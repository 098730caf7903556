/**
 * What a socket says of itself on every new connection, and what it is told when one ends: messages that no program
 * sends, so that a peer's coming and going is found among the peer's own messages.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { copyFrame } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { PatternHost, PatternOptions } from "./pattern.ts";

/**
 * ZMQ_HELLO_MSG, then ZMQ_PROBE_ROUTER, which makes us known to a ROUTER before we have anything to say. libzmq probes
 * once a `connect`, so that a ROUTER that is started anew does not know us until we send.
 */
export function greet(pipe: Pipe, { helloMessage, probeRouter }: PatternOptions): void {
  const messages = helloMessage === undefined ? [] : [helloMessage];
  if (probeRouter) messages.push(EMPTY);
  if (messages.length > 0) pipe.greet(messages);
}

/**
 * ZMQ_DISCONNECT_MSG of a peer that was accepted, ZMQ_HICCUP_MSG of one that was connected to and is dialled again,
 * which nobody is over inproc.
 */
export function bidFarewell(host: PatternHost, pipe: Pipe): void {
  const { disconnectMessage, hiccupMessage } = host.options;
  if (pipe.origin?.direction === "bind") tell(host, pipe, disconnectMessage);
  else if (!pipe.closed) tell(host, pipe, hiccupMessage);
}

/** Puts a message of one part behind those that came from the peer; of who reads nothing only so many are kept. */
export function tell(host: PatternHost, pipe: Pipe, message: Uint8Array | undefined): void {
  if (message === undefined) return;
  if (pipe.over) host.dropped(pipe, "full");
  else pipe.deliver([copyFrame(message)]);
}
