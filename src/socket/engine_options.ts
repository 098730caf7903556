/**
 * What engines are made with: the options of a socket as engines understand them, and the security of an endpoint.
 *
 * @module
 */

import type { StreamProtocol } from "../session/stream_session.ts";
import { isToken } from "../ws/http.ts";
import { zwsProtocols } from "../ws/upgrade.ts";
import type { ZwsOptions } from "../ws/zws.ts";
import type { Framing } from "../zmtp/framing.ts";
import type { SocketCore } from "./core.ts";
import { framingOf, securityOf } from "./security.ts";

/** What all engines of a socket share. */
export type EngineOptions = Omit<ZwsOptions, "mechanism" | "asServer" | "zapDomain" | "makeMechanism">;

/** The engines of one endpoint. */
export interface EndpointEngines {
  /** The sub-protocols of WebSocket that go with its security. */
  readonly protocols: readonly string[];
  /** Those that a page may offer, which are tokens: the names with a slash are none, "ZWS2.0" is left. */
  readonly tokens: readonly string[];
  /** What the next engine is made with. */
  options(): ZwsOptions;
  /** What is spoken there: messages wait in this framing, unless they are sealed. */
  protocol(framing: Framing, makeEngine: StreamProtocol["makeEngine"]): StreamProtocol;
}

/** The engines of an endpoint that is about to be bound or connected: its security is that of now. */
export function enginesOf(core: SocketCore): EndpointEngines {
  const security = securityOf(core);
  const { mechanism, asServer, zapDomain, guarded } = security;
  let shared: EngineOptions | undefined;
  let options: ZwsOptions;
  const protocols = zwsProtocols(mechanism, guarded);
  return {
    protocols,
    tokens: protocols.filter(isToken),
    options: () => {
      // One object for all connections, until an option changes: many may be idle.
      if (shared !== core.engineOptions) {
        shared = core.engineOptions;
        const makeMechanism = () => security.make(core.properties());
        options = { ...shared, mechanism, asServer, zapDomain, makeMechanism };
      }
      return options;
    },
    protocol: (framing, makeEngine) => ({
      framing: framingOf(security, framing),
      makeEngine,
      get loading() {
        return security.loading;
      },
    }),
  };
}

/** The options of a socket, as engines understand them. */
export function makeEngineOptions(core: SocketCore): EngineOptions {
  const { options, type, context } = core;
  const unlimited = (value: number) => value < 0 ? Infinity : value;
  return {
    routingId: core.self.routingId,
    accepts: (socketType) => core.accepts(socketType),
    publishes: type.publishes,
    radio: type.name === "RADIO",
    dish: type.name === "DISH",
    handshakeInterval: options.handshakeInterval,
    heartbeat: {
      interval: options.heartbeatInterval,
      timeout: options.heartbeatTimeout < 0 ? options.heartbeatInterval : options.heartbeatTimeout,
      timeToLive: options.heartbeatTimeToLive,
    },
    limits: {
      frame: Math.min(unlimited(options.maxMessageSize), context.options.maxMessageSize),
      message: unlimited(options.maxMessageTotal),
      parts: options.maxMessageParts,
      ...(context.allocate && { allocate: context.allocate }),
    },
  };
}

/** Octets worth a write: libzmq's default of `outBatchSize` stands for the runtime's own. */
export function batchSizeOf({ options: { outBatchSize }, context }: SocketCore): number {
  return outBatchSize === 8192 ? context.batchSize : Math.min(Math.max(outBatchSize, 1024), 1048576);
}
