/**
 * Takes the place of `zws_secured.ts` in a bundle for browsers: the sub-protocols with a mechanism have a slash in
 * their names, which a page's WebSocket cannot offer (RFC 6455, section 11.3.4).
 *
 * @module
 */

import type { EngineHost } from "../io/engine.ts";
import { Zws } from "./zws.ts";
import type { ZwsCarrier, ZwsOptions } from "./zws.ts";

/** One side of one connection, without a mechanism. */
export function startZws(options: ZwsOptions, host: EngineHost, _protocol: string, carrier: ZwsCarrier): Zws {
  const zws = new Zws(options, host, carrier);
  zws.start();
  return zws;
}
