/**
 * What can be set on the sockets that libzmq calls drafts: as in `options.ts`, `RadioOptions` is what `new Radio(…)`
 * takes and `RadioProperties` what the socket then has.
 *
 * @module
 */

import type { CommonOptions, ReceiveOptions, SendOptions } from "./options.ts";
import type {
  ConflateOptions,
  DisconnectOptions,
  DisconnectProperty,
  HelloOptions,
  HelloProperty,
  HiccupOptions,
  HiccupProperty,
} from "./pattern_option_types.ts";
import type { PropertiesOf } from "./security_option_types.ts";

/** Options of a SERVER socket. */
export interface ServerOptions
  extends CommonOptions, SendOptions, ReceiveOptions, HelloOptions, DisconnectOptions {}

/** Options of a CLIENT socket. */
export interface ClientOptions
  extends CommonOptions, SendOptions, ReceiveOptions, HelloOptions, HiccupOptions {}

/** Options of a RADIO socket. */
export interface RadioOptions extends CommonOptions, SendOptions {
  /**
   * `ZMQ_XPUB_NODROP`: when a DISH is at its high-water mark, `send` waits instead of dropping its copy.
   * Default `false`. At once.
   */
  noDrop?: boolean;
  /**
   * Most different groups kept for one peer (not in libzmq); one that joins more is disconnected. From 0.
   * Default 1000000. At once.
   */
  maxSubscriptions?: number;
  /** Most octets of all these groups together (not in libzmq). From 0. Default 67108864. At once. */
  maxSubscriptionTotal?: number;
}

/** Options of a DISH socket. */
export interface DishOptions extends CommonOptions, ReceiveOptions {}

/** Options of a GATHER socket. libzmq keeps `conflate` without effect on this type; here it has its own. */
export interface GatherOptions extends CommonOptions, ReceiveOptions, ConflateOptions {}

/** Options of a SCATTER socket. libzmq keeps `conflate` without effect on this type; here it has its own. */
export interface ScatterOptions extends CommonOptions, SendOptions, ConflateOptions {}

/** Options of a DGRAM socket. */
export interface DatagramOptions extends CommonOptions, SendOptions, ReceiveOptions {}

/** Options of a PEER socket. */
export interface PeerOptions
  extends CommonOptions, SendOptions, ReceiveOptions, HelloOptions, DisconnectOptions, HiccupOptions {}

/** Options of a CHANNEL socket. */
export interface ChannelOptions extends CommonOptions, SendOptions, ReceiveOptions {}

/** What a SERVER socket has to read and assign. */
export interface ServerProperties
  extends
    PropertiesOf<Omit<ServerOptions, keyof HelloOptions | keyof DisconnectOptions>>,
    HelloProperty,
    DisconnectProperty {}

/** What a CLIENT socket has to read and assign. */
export interface ClientProperties
  extends
    PropertiesOf<Omit<ClientOptions, keyof HelloOptions | keyof HiccupOptions>>,
    HelloProperty,
    HiccupProperty {}

/** What a RADIO socket has to read and assign. */
export interface RadioProperties extends PropertiesOf<RadioOptions> {}

/** What a DISH socket has to read and assign. */
export interface DishProperties extends PropertiesOf<DishOptions> {}

/** What a GATHER socket has to read and assign. */
export interface GatherProperties extends PropertiesOf<GatherOptions> {}

/** What a SCATTER socket has to read and assign. */
export interface ScatterProperties extends PropertiesOf<ScatterOptions> {}

/** What a DGRAM socket has to read and assign. */
export interface DatagramProperties extends PropertiesOf<DatagramOptions> {}

/** What a PEER socket has to read and assign. */
export interface PeerProperties
  extends
    PropertiesOf<Omit<PeerOptions, keyof HelloOptions | keyof DisconnectOptions | keyof HiccupOptions>>,
    HelloProperty,
    DisconnectProperty,
    HiccupProperty {}

/** What a CHANNEL socket has to read and assign. */
export interface ChannelProperties extends PropertiesOf<ChannelOptions> {}
