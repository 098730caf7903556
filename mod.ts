/**
 * ZeroMQ sockets in pure TypeScript, for Deno, Bun and Node.
 *
 * Whatever speaks ZMTP is a peer: libzmq and its bindings in every language, JeroMQ, NetMQ. The classes, methods,
 * options and error codes are those of the npm package `zeromq` 6, and more.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "@puremq/zmq";
 *
 * await using pull = new Pull();
 * await pull.bind("tcp://127.0.0.1:*");
 *
 * await using push = new Push();
 * push.connect(pull.lastEndpoint!);
 * await push.send(["hello", "world"]);
 *
 * for await (const [greeting, whom] of pull) {
 *   console.log(`${greeting} ${whom}`);
 *   break;
 * }
 * ```
 *
 * @module
 */

export {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "./src/socket/sockets.ts";
export {
  Channel,
  Client,
  Datagram,
  Dish,
  Gather,
  Peer,
  Radio,
  Scatter,
  Server,
} from "./src/socket/draft_sockets.ts";
export { Socket } from "./src/socket/any_socket.ts";
export { Context, context } from "./src/socket/any_context.ts";
export { forwarder, proxy, queue, streamer } from "./src/device/devices.ts";
export { Proxy } from "./src/device/proxy.ts";
export { Authenticator } from "./src/auth/authenticator.ts";
export { attach, selectSubprotocol } from "./src/socket/web_socket.ts";
export { bunUpgrade, bunWebSocket, denoUpgrade, nodeUpgrade } from "./src/socket/web_socket_servers.ts";
export { Observer } from "./src/socket/monitor.ts";
export { Frame } from "./src/message/frame.ts";
export { ZmqError } from "./src/base/errors.ts";
export { z85Decode, z85Encode } from "./src/base/z85.ts";
export { curveKeyPair, curvePublicKey } from "./src/socket/curve_keys.ts";
export { formatCertificate, parseCertificate } from "./src/auth/certificate.ts";
export { capability, version } from "./src/socket/about.ts";

export type { RouterConnectOptions, StreamConnectOptions } from "./src/socket/sockets.ts";
export type {
  DishGroupOptions,
  RadioGroupOptions,
  ServerRoutingOptions,
} from "./src/socket/draft_sockets.ts";
export type { WithContext } from "./src/socket/socket.ts";
export type { AssignableKeys, EventSubscriber, SocketOptions } from "./src/socket/zeromq_types.ts";
export type { ThreadLike } from "./src/inproc/hello.ts";
export type { ContextOptions, ContextProperties } from "./src/socket/context_options.ts";
export type { Frames, Parts, Readable, Writable, WritableTo } from "./src/socket/directions.ts";
export type { OperationOptions, SendingOptions } from "./src/socket/waiting.ts";
export type { CaptureEnds, Device, DeviceOptions } from "./src/device/device.ts";
export type { DeviceEnd, DeviceEndpoints } from "./src/device/ends.ts";
export type { DeviceStatistics, SideStatistics } from "./src/device/statistics.ts";
export type { Traffic } from "./src/device/flow.ts";
export type { AuthenticatorCounts, AuthenticatorOptions } from "./src/auth/authenticator.ts";
export type {
  AuthenticatorEvent,
  AuthenticatorEventMap,
  AuthenticatorEvents,
  AuthenticatorEventType,
  DecisionDetails,
} from "./src/auth/events.ts";
export type * from "./src/auth/requests.ts";
export type { AttachDetails, WebSocketLike } from "./src/socket/web_socket.ts";
export type {
  BunHandlers,
  BunServer,
  BunWebSocket,
  NodeDuplex,
  NodeRequest,
} from "./src/socket/web_socket_servers.ts";
export type { DropCounts, DropReason } from "./src/pipe/drops.ts";
export type {
  ConnectionDetails,
  DropDetails,
  ErrorDetails,
  Event,
  EventMap,
  EventOfType,
  EventType,
  LossDetails,
} from "./src/socket/monitor.ts";
export type {
  ContextStatistics,
  PeerStatistics,
  SocketStatistics,
  TrafficCounts,
} from "./src/socket/statistics.ts";
export type { CurveCertificate } from "./src/auth/certificate.ts";
export type { CurveKeyPair } from "./src/socket/curve_keys.ts";
export type { Message } from "./src/socket/about.ts";
export type { FrameEncoding, MessageLike } from "./src/message/frame.ts";
export type { ZmqErrorCode } from "./src/base/errors.ts";
export type { ContextOptionsByNumber, SocketOptionsByNumber } from "./src/socket/options_by_number.ts";
export type * from "./src/socket/options.ts";
export type * from "./src/socket/draft_options.ts";
export type * from "./src/socket/security_option_types.ts";
export type * from "./src/io/stream.ts";
export type * from "./src/io/datagram.ts";
export type * from "./src/io/transports.ts";

import { start } from "./src/cli/start.ts";

// Run as a program this is the tool; imported, it loads nothing of it.
start(import.meta);
