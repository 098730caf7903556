/**
 * `ws://` and `wss://` by the host's own WebSocket: what a page has. It connects only, and the host alone decides
 * which certificates it trusts.
 *
 * @module
 */

import { asZmqError, ZmqError } from "../base/errors.ts";
import { Connector } from "../session/connector.ts";
import type { StreamProtocol } from "../session/stream_session.ts";
import { ZWS_FRAMING } from "../ws/zws_framing.ts";
import { SecuredMessageEngine } from "../ws/secured_message_engine.ts";
import { refusal } from "./endpoint_text.ts";
import { enginesOf } from "./engine_options.ts";
import type { EndpointEngines } from "./engine_options.ts";
import { notOn } from "./find_scheme.ts";
import type { Asked, ConnectedLink, Scheme } from "./scheme.ts";
import { settings } from "./stream_settings.ts";
import { parseWs } from "./ws_address.ts";
import { normalWs } from "./ws_endpoint.ts";
import type { WsEndpoint, WsScheme } from "./ws_endpoint.ts";

/** WebSocket. */
export const WS_BY_HOST: Scheme = scheme("ws");

/** WebSocket over TLS. */
export const WSS_BY_HOST: Scheme = scheme("wss");

function scheme(name: WsScheme): Scheme {
  const parse: Scheme["parse"] = (rest, given, socketType) => parseWs(name, rest, given, socketType);
  return {
    parse,
    bind: (asked) => Promise.reject(refuseToBind(asked)),
    bindSync: (asked) => {
      throw refuseToBind(asked);
    },
    connect: (asked, routingId) => {
      return connectByHost(parseWs(name, asked.rest, asked, asked.core.type.name), asked, routingId);
    },
  };
}

/** Connects by the host's WebSocket. */
export function connectByHost(
  endpoint: WsEndpoint,
  asked: Asked,
  routingId: Uint8Array | undefined,
): ConnectedLink {
  const { core } = asked;
  const { wssTrustPem, wssHostname, wssCertPem } = core.options;
  if (endpoint.scheme === "wss" && (wssTrustPem ?? wssHostname ?? wssCertPem) !== null) {
    throw refusal(asked, "ENOTSUP", "certificates are the browser's business, and no wss option reaches it");
  }
  const engines = enginesOf(core);
  const link = new Connector(normalWs(endpoint), core, messageProtocol(engines), routingId);
  void start(link, engines, asked);
  return link;
}

/** The error of who binds in a page. */
export function refuseToBind(asked: Asked): ZmqError {
  const name = asked.address.split(":", 1)[0];
  const reason = `${name}:// cannot be bound on web: a page can only connect, so bind where it connects to`;
  return refusal(asked, "EPROTONOSUPPORT", reason);
}

/** ZWS over a WebSocket that frames by itself. */
export function messageProtocol(engines: EndpointEngines): StreamProtocol {
  return engines.protocol(
    ZWS_FRAMING,
    (host, now, { protocol = "" }) => new SecuredMessageEngine({ ...engines.options(), protocol }, host, now),
  );
}

async function start(link: Connector, engines: EndpointEngines, asked: Asked): Promise<void> {
  const { core, address } = asked;
  const { endpoint } = link;
  try {
    const { webSocket, runtime } = await core.context.transports();
    if (webSocket === undefined) {
      throw new ZmqError("EPROTONOSUPPORT", notOn(endpoint.split(":", 1)[0]!, runtime), address);
    }
    link.start({
      endpoint,
      transport: webSocket,
      address: { url: endpoint, protocols: engines.tokens },
      settings: settings(core),
    });
  } catch (error) {
    link.fail(asZmqError(error, address));
  }
}
