/**
 * What a session writes next.
 *
 * @module
 */

import type { StreamEngine } from "../io/engine.ts";
import { sealed } from "./sealing.ts";
import type { StreamPipe } from "./stream_pipe.ts";

/** What the engine has to say, subscriptions, messages: in this order. */
export function nextBatch(engine: StreamEngine, readyPipe: StreamPipe | undefined): Uint8Array[] | undefined {
  const control = engine.transmit();
  const pipe = engine.ready ? readyPipe : undefined;
  // Nonces only ever rise: what goes first is sealed first.
  const subscriptions = sealed(engine, pipe?.takeSubscriptions());
  const messages = sealed(engine, pipe?.takeMessages());
  if (control === undefined && subscriptions === undefined) return messages;
  const before = subscriptions ?? [];
  if (control !== undefined) before.unshift(control);
  return messages === undefined ? before : before.concat(messages);
}
