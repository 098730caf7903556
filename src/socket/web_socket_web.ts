/**
 * A page has no server whose connections a socket could take: takes the place of `web_socket.ts` and
 * `web_socket_servers.ts` in a bundle for browsers. A page's sockets connect, by `ws://` and `wss://`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

/** Not in a page. Throws ENOTSUP. */
export function attach(): never {
  throw noServer("attach()");
}

/** Not in a page. Throws ENOTSUP. */
export function selectSubprotocol(): never {
  throw noServer("selectSubprotocol()");
}

/** Not in a page. Throws ENOTSUP. */
export function denoUpgrade(): never {
  throw noServer("denoUpgrade()");
}

/** Not in a page. Throws ENOTSUP. */
export function bunUpgrade(): never {
  throw noServer("bunUpgrade()");
}

/** Not in a page. Throws ENOTSUP. */
export function nodeUpgrade(): never {
  throw noServer("nodeUpgrade()");
}

/** Nothing calls these in a page. */
export const bunWebSocket: object = {};

function noServer(what: string): ZmqError {
  return new ZmqError("ENOTSUP", `${what} is for a server's connections, and a page has no server`);
}
