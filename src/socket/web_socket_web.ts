/**
 * A page has no server whose connections a socket could take: takes the place of `web_socket.ts` and
 * `web_socket_servers.ts` in a bundle for browsers. A page's sockets connect, by `ws://` and `wss://`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

function none(): never {
  throw new ZmqError("ENOTSUP", "That is for a server's connections, and a page has no server");
}

/** Nothing calls these in a page. */
export const bunWebSocket: object = {};

export {
  none as attach,
  none as bunUpgrade,
  none as denoUpgrade,
  none as nodeUpgrade,
  none as selectSubprotocol,
};
