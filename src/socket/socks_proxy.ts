/**
 * The SOCKS proxy of an endpoint, as the options name it when the endpoint is connected. What talks to it is loaded
 * then, by those who have one.
 *
 * @module
 */

import type { LinkTarget } from "../session/link.ts";
import type { SocksProxy } from "../session/socks_dial.ts";
import { refusal, splitPort } from "./endpoint_text.ts";
import type { Asked } from "./scheme.ts";

/** RFC 1928, 3: where the service is conventionally located. */
const PORT = "1080";

/** The proxy by which this endpoint is connected, if by any. */
export function proxyOf(asked: Asked, zone: string | undefined): SocksProxy | undefined {
  const { socksProxy, socksUsername, socksPassword } = asked.core.options;
  if (socksProxy === null) return undefined;
  const { host, port: text = PORT } = splitPort(socksProxy);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (!/^[\w.:%-]+$/.test(host) || port < 1 || port > 65535) {
    throw refusal(asked, "EINVAL", "socksProxy must be host:port, the port 1 to 65535 or left out");
  }
  if (zone !== undefined) throw refusal(asked, "EINVAL", "a zone means nothing to the proxy");
  return {
    host,
    port,
    username: socksUsername,
    password: socksPassword,
    // With `connectTimeout` that is the limit of the whole try.
    patience: () => asked.core.options.connectTimeout > 0 ? 0 : asked.core.options.handshakeInterval,
  };
}

/** The same target, dialled by the proxy. */
export async function byProxy(target: LinkTarget, proxy: SocksProxy): Promise<LinkTarget> {
  const { bySocks } = await import("../session/socks_dial.ts");
  return { ...target, transport: bySocks(target.transport, proxy) };
}
