/**
 * `udp://` and `epgm://`: one session an endpoint, whether it was bound or connected.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { DatagramSession } from "../session/datagram_session.ts";
import { datagramRole } from "./datagram_roles.ts";
import { type EpgmEndpoint, parseEpgm, parseUdp, type UdpEndpoint } from "./multicast_endpoint.ts";
import type { Asked, Scheme } from "./scheme.ts";

/** Plain datagrams, to one host or to a group. */
export const UDP: Scheme = scheme(parseUdp);

/** PGM in UDP. */
export const EPGM: Scheme = { ...scheme(parseEpgm), symmetric: true };

type Parse = (rest: string, asked: Asked, socketType: string) => UdpEndpoint | EpgmEndpoint;

function scheme(parse: Parse): Scheme {
  return {
    parse: parse as Scheme["parse"],
    async bind(asked) {
      const link = session(asked, parse);
      await link.open();
      return link;
    },
    bindSync(asked) {
      // No runtime opens such a socket without waiting, so this goes on behind, as libzmq's does.
      if (parse(asked.rest, asked, asked.core.type.name).port === 0) {
        const { address } = asked;
        throw new ZmqError("ENOTSUP", `Cannot bind to "${address}" without waiting for its port: use bind()`);
      }
      return started(session(asked, parse));
    },
    connect: (asked) => started(session(asked, parse)),
  };
}

function session(asked: Asked, parse: Parse): DatagramSession {
  const { address, core, purpose, rest } = asked;
  return new DatagramSession(
    address,
    core,
    datagramRole(parse(rest, asked, core.type.name), core, address, purpose),
  );
}

function started(link: DatagramSession): DatagramSession {
  link.start();
  return link;
}
