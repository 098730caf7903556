/**
 * All targets, from the octets up.
 */

import type { AnyTarget } from "./target.ts";
import { address } from "./targets/address.ts";
import { certificate } from "./targets/certificate.ts";
import { commandLine } from "./targets/command_line.ts";
import { commands } from "./targets/commands.ts";
import { curvePeers } from "./targets/curve_peers.ts";
import { endpoint } from "./targets/endpoint.ts";
import { greeting } from "./targets/greeting.ts";
import { http } from "./targets/http.ts";
import { mechanisms } from "./targets/mechanisms.ts";
import { metadata } from "./targets/metadata.ts";
import { olderEngine } from "./targets/older_engine.ts";
import { pgmPacket } from "./targets/pgm_packet.ts";
import { pgmReceiver } from "./targets/pgm_receiver.ts";
import { pgmSource } from "./targets/pgm_source.ts";
import { sealed } from "./targets/sealed.ts";
import { socks } from "./targets/socks.ts";
import { udp } from "./targets/udp.ts";
import { v1Framing } from "./targets/v1_framing.ts";
import { wsDecoder } from "./targets/ws_decoder.ts";
import { wsEngine } from "./targets/ws_engine.ts";
import { z85 } from "./targets/z85.ts";
import { zap } from "./targets/zap.ts";
import { zmtpDecoder } from "./targets/zmtp_decoder.ts";
import { zmtpEngine } from "./targets/zmtp_engine.ts";
import { zmtpPair } from "./targets/zmtp_pair.ts";
import { zmtpQueue } from "./targets/zmtp_queue.ts";

/** In the order in which they are run. */
export const TARGETS: readonly AnyTarget[] = [
  greeting,
  zmtpDecoder,
  zmtpQueue,
  v1Framing,
  commands,
  metadata,
  mechanisms,
  curvePeers,
  sealed,
  zmtpEngine,
  zmtpPair,
  olderEngine,
  zap,
  http,
  socks,
  wsDecoder,
  wsEngine,
  pgmPacket,
  pgmReceiver,
  pgmSource,
  udp,
  endpoint,
  address,
  z85,
  certificate,
  commandLine,
];
