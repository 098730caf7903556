/**
 * Takes the place of `engine_options.ts` in a bundle for browsers: a page's WebSocket has no mechanism, which makes one
 * sub-protocol, and heartbeats of its own.
 *
 * @module
 */

import type { StreamProtocol } from "../session/stream_session.ts";
import { ZWS_PLAIN } from "../ws/constants.ts";
import type { Framing } from "../zmtp/framing.ts";
import type { SocketCore } from "./core.ts";
import type { EndpointEngines, EngineOptions } from "./engine_options.ts";

/** The engines of any endpoint. */
export function enginesOf(core: SocketCore): EndpointEngines {
  const protocols = [ZWS_PLAIN];
  return {
    protocols,
    tokens: protocols,
    options: () => core.engineOptions as ReturnType<EndpointEngines["options"]>,
    protocol: (framing: Framing, makeEngine: StreamProtocol["makeEngine"]) => ({ framing, makeEngine }),
  };
}

/** The options of a socket, as the engine of a page reads them. */
export function makeEngineOptions({ options, type, self, context }: SocketCore): EngineOptions {
  const unlimited = (value: number) => value < 0 ? Infinity : value;
  return {
    routingId: self.routingId,
    publishes: type.publishes,
    radio: type.name === "RADIO",
    dish: type.name === "DISH",
    handshakeInterval: options.handshakeInterval,
    limits: {
      frame: Math.min(unlimited(options.maxMessageSize), context.options.maxMessageSize),
      message: unlimited(options.maxMessageTotal),
      parts: options.maxMessageParts,
    },
  } as EngineOptions;
}

/** Octets worth a write. */
export function batchSizeOf({ context }: SocketCore): number {
  return context.batchSize;
}
