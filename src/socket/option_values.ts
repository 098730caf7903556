/**
 * The options of one socket as the engine reads them: one plain object whose fields are always the same, with
 * the defaults of `zmq_setsockopt` (libzmq 4.3.5). Public names stand for themselves; where a field holds
 * something other than its property shows, the field says so.
 *
 * @module
 */

import type { AcceptFilter } from "./accept_filter.ts";
import type { ContextOptionValues } from "./context_options.ts";
import { SecurityValues } from "./security_values.ts";

/** Which subscriptions an XPUB passes up beyond the first of a prefix; `""` none. */
export type Verbosity = "" | "allSubs" | "allSubsUnsubs";

/** All options of a socket, whatever its type: those that do not concern it keep their default. */
export class SocketOptionValues extends SecurityValues {
  linger: number;
  reconnectInterval: number = 100;
  reconnectMaxInterval: number = 0;
  backlog: number = 100;
  maxMessageSize: number = -1;
  maxMessageParts: number = 65536;
  maxMessageTotal: number = 2 ** 31 - 1;
  immediate: boolean = false;
  ipv6: boolean;
  handshakeInterval: number = 30000;
  heartbeatInterval: number = 0;
  heartbeatTimeToLive: number = 0;
  /** -1: `heartbeatInterval`. */
  heartbeatTimeout: number = -1;
  connectTimeout: number = 0;

  sendHighWaterMark: number = 1000;
  sendTimeout: number = -1;
  receiveHighWaterMark: number = 1000;
  receiveTimeout: number = -1;
  conflate: boolean = false;

  /** Property: text, `null` for none. */
  routingId: Uint8Array | undefined = undefined;
  probeRouter: boolean = false;
  mandatory: boolean = false;
  handover: boolean = false;
  correlate: boolean = false;
  relaxed: boolean = false;
  /** Property: `null` for `""`. */
  verbosity: Verbosity = "";
  noDrop: boolean = false;
  manual: boolean = false;
  /** Property: text, `null` for none. */
  welcomeMessage: Uint8Array | undefined = undefined;
  invertMatching: boolean = false;
  maxSubscriptions: number = 1_000_000;
  maxSubscriptionTotal: number = 64 * 1024 * 1024;
  onlyFirstSubscribe: boolean = false;
  verboseUnsubscribe: boolean = false;
  /** Sets `manual` too. */
  manualLastValue: boolean = false;
  /** STREAM's. */
  notify: boolean = true;
  /** ROUTER's, as property `notify`. */
  routerNotify: number = 0;
  /** Property: text, `null` for none. So are the other two. */
  helloMessage: Uint8Array | undefined = undefined;
  disconnectMessage: Uint8Array | undefined = undefined;
  hiccupMessage: Uint8Array | undefined = undefined;

  /** What a handshake tells besides; property: `metadata`, an object. */
  ownProperties: readonly (readonly [name: string, value: Uint8Array])[] = [];

  // What follows a page only keeps, whatever it is set to (`native_options_web.ts`).
  rate: number = 100;
  recoveryInterval: number = 10000;
  multicastHops: number = 1;
  multicastLoop: boolean = true;
  multicastMaxTransportDataUnit: number = 1500;

  reconnectStop: number = 0;
  maxHandshakes: number = 1024;
  maxConnectionsPerAddress: number = 0;
  maxDepartedPeers: number = 1024;

  zmtp1: boolean = false;
  tcpKeepalive: number = -1;
  tcpKeepaliveIdle: number = -1;
  tcpKeepaliveCount: number = -1;
  tcpKeepaliveInterval: number = -1;
  /** Property: text, `null` for an empty list. */
  tcpAcceptFilter: readonly AcceptFilter[] = [];
  typeOfService: number = 0;
  useFileDescriptor: number = -1;
  socksProxy: string | null = null;
  /** Property: `null` for `""`; so is the password's. */
  socksUsername: string = "";
  socksPassword: string = "";

  wssKeyPem: string | null = null;
  wssCertPem: string | null = null;
  wssTrustPem: string | null = null;
  wssHostname: string | null = null;
  wssTrustSystem: boolean = false;

  // Kept for the caller to read back; see `honoured` in the table.
  tcpMaxRetransmitTimeout: number = 0;
  interface: string | null = null;
  sendBufferSize: number = -1;
  receiveBufferSize: number = -1;
  affinity: number = 0;
  priority: number = 0;
  busyPoll: number = 0;
  inBatchSize: number = 8192;
  outBatchSize: number = 8192;
  loopbackFastPath: boolean = false;
  vmciBufferSize: number = 0;
  vmciBufferMinSize: number = 0;
  vmciBufferMaxSize: number = 0;
  vmciConnectTimeout: number = -1;

  /** The defaults, some of which are the context's. */
  constructor(context: Pick<ContextOptionValues, "blocky" | "ipv6">) {
    super();
    this.linger = context.blocky ? -1 : 0;
    this.ipv6 = context.ipv6;
  }
}
