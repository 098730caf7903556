/**
 * `ws://` and `wss://`: ZWS 2.0 (RFC 45) over our own WebSocket, on runtimes that have TCP and TLS. A page has its
 * host's WebSocket only, which `web_socket_scheme.ts` is about.
 *
 * @module
 */

import { asZmqError, ZmqError } from "../base/errors.ts";
import type { StreamAddress, StreamSettings, StreamTransport } from "../io/stream.ts";
import type { Transports } from "../io/transports.ts";
import { Connector } from "../session/connector.ts";
import type { LinkTarget } from "../session/link.ts";
import { Listener } from "../session/listener.ts";
import type { SocksProxy } from "../session/socks_dial.ts";
import type { StreamProtocol } from "../session/stream_session.ts";
import { WsServers } from "../session/ws_server.ts";
import { WsEngine } from "../ws/engine.ts";
import { WS_SERVER_FRAMING, wsClientFraming } from "../ws/framing.ts";
import type { ContextCore } from "./context_core.ts";
import type { SocketCore } from "./core.ts";
import { refusal } from "./endpoint_text.ts";
import { enginesOf } from "./engine_options.ts";
import type { EndpointEngines } from "./engine_options.ts";
import { notOn } from "./find_scheme.ts";
import type { Asked, Scheme } from "./scheme.ts";
import { byProxy, proxyOf } from "./socks_proxy.ts";
import { StreamBinding } from "./stream_binding.ts";
import { settings } from "./stream_settings.ts";
import { bindAddress, descriptor, withZone } from "./stream_targets.ts";
import { connectByHost, refuseToBind } from "./web_socket_scheme.ts";
import { parseWs } from "./ws_address.ts";
import { formatWs, hostField, normalWs } from "./ws_endpoint.ts";
import type { WsEndpoint, WsScheme } from "./ws_endpoint.ts";

/** WebSocket over TCP. */
export const WS: Scheme = scheme("ws");

/** WebSocket over TLS. */
export const WSS: Scheme = scheme("wss");

function scheme(name: WsScheme): Scheme {
  return {
    parse: (rest, given, socketType) => parseWs(name, rest, given, socketType),
    async bind(asked) {
      const { core } = asked;
      const endpoint = read(name, asked);
      if (core.context.runtime === "web") throw refuseToBind(asked);
      const engines = enginesOf(core);
      const target = bindTarget(endpoint, engines, await core.context.transports(), asked);
      const listener = await Listener.open(target, core, serverProtocol(engines, core), nameOf(endpoint));
      return new StreamBinding(listener, core);
    },
    bindSync(asked) {
      const { core } = asked;
      const endpoint = read(name, asked);
      if (core.context.runtime === "web") throw refuseToBind(asked);
      const engines = enginesOf(core);
      const target = bindTarget(endpoint, engines, core.context.transportsSync(), asked);
      const listener = Listener.openSync(target, core, serverProtocol(engines, core), nameOf(endpoint));
      return new StreamBinding(listener, core);
    },
    connect(asked, routingId) {
      const { core } = asked;
      const endpoint = read(name, asked);
      if (core.context.runtime === "web") return connectByHost(endpoint, asked, routingId);
      const proxy = proxyOf(asked, endpoint.zone);
      if (proxy !== undefined && name === "wss") {
        throw refusal(
          asked,
          "ENOTSUP",
          "TLS is the runtime's, which speaks it on connections that it dials itself",
        );
      }
      const link = new Connector(normalWs(endpoint), core, clientProtocol(endpoint, core), routingId);
      void start(link, endpoint, asked, proxy);
      return link;
    },
  };
}

function read(name: WsScheme, asked: Asked): WsEndpoint {
  return parseWs(name, asked.rest, asked, asked.core.type.name);
}

async function start(
  link: Connector,
  endpoint: WsEndpoint,
  asked: Asked,
  proxy: SocksProxy | undefined,
): Promise<void> {
  const { core } = asked;
  try {
    const transport = streams(endpoint, await core.context.transports(), asked);
    const address = { host: withZone(endpoint), port: endpoint.port };
    const target = { endpoint: link.endpoint, transport, address, settings: wsSettings(endpoint, core) };
    link.start(proxy === undefined ? target : await byProxy(target, proxy));
  } catch (error) {
    link.fail(asZmqError(error, asked.address));
  }
}

function bindTarget(
  endpoint: WsEndpoint,
  engines: EndpointEngines,
  transports: Transports,
  asked: Asked,
): LinkTarget {
  const { core, address } = asked;
  const { options } = core;
  if (endpoint.scheme === "wss" && (options.wssCertPem === null || options.wssKeyPem === null)) {
    throw refusal(asked, "EINVAL", "to listen takes a certificate and its key: wssCertPem and wssKeyPem");
  }
  if (endpoint.scheme === "wss" && options.useFileDescriptor >= 0) {
    throw refusal(asked, "ENOTSUP", "TLS is the runtime's, which speaks it on sockets of its own");
  }
  const door = {
    path: endpoint.path,
    host: core,
    name: nameOf(endpoint),
    protocols: engines.protocols,
    handshakeInterval: () => options.handshakeInterval,
  };
  return {
    endpoint: address,
    transport: serversOf(core.context).at(door, streams(endpoint, transports, asked)),
    address: { ...bindAddress(endpoint, transports, options.ipv6, address), ...descriptor(core) },
    settings: wsSettings(endpoint, core),
  };
}

/** Sockets of a context share addresses. */
const servers = new WeakMap<ContextCore, WsServers>();

function serversOf(context: ContextCore): WsServers {
  let found = servers.get(context);
  if (found === undefined) servers.set(context, found = new WsServers());
  return found;
}

function nameOf({ scheme, path }: WsEndpoint): (address: StreamAddress) => string {
  return ({ host, port }) => formatWs(scheme, host!, port!, path);
}

function streams({ scheme }: WsEndpoint, transports: Transports, asked: Asked): StreamTransport {
  const transport = scheme === "ws" ? transports.tcp : transports.tls;
  if (transport !== undefined) return transport;
  throw new ZmqError("EPROTONOSUPPORT", notOn(scheme, transports.runtime), asked.address);
}

function wsSettings({ scheme }: WsEndpoint, core: SocketCore): StreamSettings {
  if (scheme === "ws") return settings(core);
  const { wssCertPem, wssKeyPem, wssTrustPem, wssTrustSystem, wssHostname } = core.options;
  const { handshakeInterval, maxHandshakes } = core.options;
  return {
    ...settings(core),
    tls: {
      ...(wssCertPem !== null && { certificate: wssCertPem }),
      ...(wssKeyPem !== null && { key: wssKeyPem }),
      ...(wssTrustPem !== null && { trust: wssTrustPem }),
      // Without either nobody could be trusted, and no connection made.
      trustSystem: wssTrustSystem || wssTrustPem === null,
      ...(wssHostname !== null && { serverName: wssHostname }),
      ...(handshakeInterval > 0 && { handshakeTimeout: handshakeInterval }),
      maxHandshakes,
    },
  };
}

/** What is spoken on a stream whose request was answered: with `chosen`, or what the stream itself says. */
export function serverProtocol(
  engines: EndpointEngines,
  { random }: SocketCore,
  chosen?: string,
): StreamProtocol {
  return engines.protocol(WS_SERVER_FRAMING, (host, now, stream) => {
    const protocol = chosen ?? stream.protocol!;
    return new WsEngine({ ...engines.options(), role: "server", protocol, random }, host, now);
  });
}

function clientProtocol(endpoint: WsEndpoint, core: SocketCore): StreamProtocol {
  const { random } = core;
  const engines = enginesOf(core);
  const { protocols } = engines;
  const request = { host: hostField(endpoint), path: endpoint.path, protocols };
  return engines.protocol(
    wsClientFraming(random),
    (host, now) => new WsEngine({ ...engines.options(), role: "client", request, random }, host, now),
  );
}
