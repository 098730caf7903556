/**
 * `tcp://` and `ipc://`: ZMTP over streams.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { asZmqError } from "../base/errors.ts";
import { Connector } from "../session/connector.ts";
import { Listener } from "../session/listener.ts";
import type { SocksProxy } from "../session/socks_dial.ts";
import type { StreamProtocol } from "../session/stream_session.ts";
import { ZmtpEngine } from "../zmtp/engine.ts";
import { ZMTP_FRAMING } from "../zmtp/framing.ts";
import { olderPeers } from "../zmtp/older.ts";
import { RawEngine } from "../zmtp/raw_engine.ts";
import type { SocketCore } from "./core.ts";
import { enginesOf } from "./engine_options.ts";
import { parseIpc, parseTcp } from "./endpoint.ts";
import type { IpcEndpoint, TcpEndpoint } from "./endpoint.ts";
import type { Asked, Scheme } from "./scheme.ts";
import { byProxy, proxyOf } from "./socks_proxy.ts";
import { StreamBinding } from "./stream_binding.ts";
import { bindTarget, dialTarget, inDirectory, isTemporary, nameOf } from "./stream_targets.ts";

/** TCP. */
export const TCP: Scheme = scheme(parseTcp);

/** Unix sockets. */
export const IPC: Scheme = scheme(parseIpc);

type Parse = (rest: string, asked: Asked) => TcpEndpoint | IpcEndpoint;

function scheme(parse: Parse): Scheme {
  return {
    parse: parse as Scheme["parse"],
    async bind(asked) {
      const { core, address, rest } = asked;
      const endpoint = parse(rest, asked);
      const transports = await core.context.transports();
      const target = bindTarget(endpoint, transports, core, address);
      const directory = isTemporary(endpoint) ? await transports.temporaryDirectory!() : undefined;
      const place = inDirectory(target, directory);
      return new StreamBinding(await Listener.open(place, core, protocolOf(core), nameOf), core, directory);
    },
    bindSync(asked) {
      const { core, address, rest } = asked;
      const endpoint = parse(rest, asked);
      const transports = core.context.transportsSync();
      const target = bindTarget(endpoint, transports, core, address);
      const directory = isTemporary(endpoint) ? transports.temporaryDirectorySync!() : undefined;
      const place = inDirectory(target, directory);
      return new StreamBinding(Listener.openSync(place, core, protocolOf(core), nameOf), core, directory);
    },
    connect(asked, routingId) {
      const { core, address, rest } = asked;
      const endpoint = parse(rest, asked);
      const proxy = endpoint.scheme === "tcp" ? proxyOf(asked, endpoint.zone) : undefined;
      const link = new Connector(address, core, protocolOf(core), routingId);
      void start(link, endpoint, asked, proxy);
      return link;
    },
  };
}

async function start(
  link: Connector,
  endpoint: TcpEndpoint | IpcEndpoint,
  asked: Asked,
  proxy: SocksProxy | undefined,
): Promise<void> {
  const { core, address } = asked;
  try {
    const target = dialTarget(endpoint, await core.context.transports(), core, address);
    link.start(proxy === undefined ? target : await byProxy(target, proxy));
  } catch (error) {
    link.fail(asZmqError(error, address));
  }
}

function protocolOf(core: SocketCore): StreamProtocol {
  if (core.type.raw) return { framing: ZMTP_FRAMING, makeEngine: (host) => new RawEngine(host) };
  const engines = enginesOf(core);
  // As it is now: who may come in must not change under a listener.
  const { zmtp1 } = core.options;
  return engines.protocol(ZMTP_FRAMING, (host, now) => {
    const options = engines.options();
    const older = olderPeers(core.type.name, options.routingId ?? EMPTY, options, zmtp1);
    return new ZmtpEngine(options, host, now, older);
  });
}
