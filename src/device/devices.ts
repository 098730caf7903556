/**
 * ZeroMQ's three devices, and the proxy that they are made of.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type {
  DealerOptions,
  PullOptions,
  PushOptions,
  RouterOptions,
  XPublisherOptions,
  XSubscriberOptions,
} from "../socket/options.ts";
import { Dealer, Pull, Push, Router, XPublisher, XSubscriber } from "../socket/sockets.ts";
import type { Publisher, Subscriber } from "../socket/sockets.ts";
import type { Socket } from "../socket/socket.ts";
import { coreOf } from "../socket/symbols.ts";
import type { Device, DeviceOptions } from "./device.ts";
import { isSocket, openEnd } from "./ends.ts";
import type { DeviceEnd, End } from "./ends.ts";
import { own, RunningDevice } from "./running.ts";

/**
 * QUEUE: clients that ask at the front, services that answer at the back. Requests are fair-queued from the clients
 * and load-balanced over the services, and each reply finds the client that asked. Clients and services both connect,
 * and may come and go; queues can be chained.
 *
 * The front end is a ROUTER for REQ, DEALER and ROUTER peers, the back end a DEALER for REP, DEALER and ROUTER
 * peers.
 *
 * @example
 * ```ts
 * import { queue, Reply, Request } from "@puremq/zmq";
 *
 * await using device = queue("tcp://127.0.0.1:*", "tcp://127.0.0.1:*");
 * await device.ready;
 *
 * const service = new Reply();
 * service.connect(device.back.lastEndpoint!);
 * const client = new Request();
 * client.connect(device.front.lastEndpoint!);
 *
 * await client.send("hello");
 * const [question] = await service.receive();
 * await service.send(`${question} yourself`);
 * console.log(String((await client.receive())[0])); // hello yourself
 *
 * client.close();
 * service.close();
 * ```
 *
 * @throws {ZmqError} EINVAL for sockets of other types and endpoints that are none, EBUSY for sockets that are in
 * use by a device or a call. That an endpoint cannot be bound is told by `ready` and `done`
 */
export function queue(
  front: DeviceEnd<Router, RouterOptions>,
  back: DeviceEnd<Dealer, DealerOptions>,
  options: DeviceOptions = {},
): Device {
  return device("queue", [["ROUTER"], front, Router], [["DEALER"], back, Dealer], options);
}

/**
 * FORWARDER: publishers at the front, subscribers at the back. Subscriptions travel upstream, through any number of
 * forwarders, so that only what somebody wants crosses the bridge.
 *
 * The front end is an XSUB for PUB and XPUB peers, the back end an XPUB for SUB and XSUB peers. A SUB and a PUB
 * that are given as sockets work too, without telling subscriptions upstream.
 *
 * @example
 * ```ts
 * import { forwarder, Subscriber, XPublisher } from "@puremq/zmq";
 *
 * await using device = forwarder("tcp://127.0.0.1:*", "tcp://127.0.0.1:*");
 * await device.ready;
 *
 * const subscriber = new Subscriber();
 * subscriber.subscribe("weather.");
 * subscriber.connect(device.back.lastEndpoint!);
 * const publisher = new XPublisher();
 * publisher.connect(device.front.lastEndpoint!);
 *
 * await publisher.receive(); // the subscription has come all the way
 * await publisher.send(["weather.berlin", "21 °C"]);
 * console.log((await subscriber.receive()).map(String)); // [ "weather.berlin", "21 °C" ]
 *
 * publisher.close();
 * subscriber.close();
 * ```
 *
 * @throws {ZmqError} as {@linkcode queue}
 */
export function forwarder(
  front: DeviceEnd<XSubscriber | Subscriber, XSubscriberOptions>,
  back: DeviceEnd<XPublisher | Publisher, XPublisherOptions>,
  options: DeviceOptions = {},
): Device {
  return device(
    "forwarder",
    [["XSUB", "SUB"], front, XSubscriber],
    [["XPUB", "PUB"], back, XPublisher],
    options,
  );
}

/**
 * STREAMER: work comes in from pushers at the front and goes out to pullers at the back, fair-queued and
 * load-balanced. When all pullers are full, the pushers are made to wait.
 *
 * The front end is a PULL, the back end a PUSH.
 *
 * @example
 * ```ts
 * import { Pull, Push, streamer } from "@puremq/zmq";
 *
 * await using device = streamer("tcp://127.0.0.1:*", "tcp://127.0.0.1:*");
 * await device.ready;
 *
 * const worker = new Pull();
 * worker.connect(device.back.lastEndpoint!);
 * const source = new Push();
 * source.connect(device.front.lastEndpoint!);
 *
 * await source.send("job 1");
 * console.log(String((await worker.receive())[0])); // job 1
 *
 * source.close();
 * worker.close();
 * ```
 *
 * @throws {ZmqError} as {@linkcode queue}
 */
export function streamer(
  front: DeviceEnd<Pull, PullOptions>,
  back: DeviceEnd<Push, PushOptions>,
  options: DeviceOptions = {},
): Device {
  return device("streamer", [["PULL"], front, Pull], [["PUSH"], back, Push], options);
}

/**
 * Joins two sockets: whatever one of them receives, the other one sends (`zmq_proxy`, `zmq_proxy_steerable`). One
 * socket alone, or twice, is reflected on itself: whoever sends to it gets the message back.
 *
 * Legal are the pairs in which each can send what the other receives: those of the three devices either way round,
 * PAIR with PAIR, DEALER with DEALER, PULL with PUB, and so on. The sockets are bound and connected by their owner,
 * before or while the device runs; sending and receiving are the device's until it ends.
 *
 * @example
 * ```ts
 * import { Pair, proxy } from "@puremq/zmq";
 *
 * await using left = new Pair();
 * await using right = new Pair();
 * await left.bind("inproc://proxy-left");
 * await right.bind("inproc://proxy-right");
 * await using device = proxy(left, right);
 *
 * await using here = new Pair();
 * await using there = new Pair();
 * here.connect("inproc://proxy-left");
 * there.connect("inproc://proxy-right");
 * await here.send("hello");
 * console.log(String((await there.receive())[0])); // hello
 * console.log(device.statistics().front.received.messages); // 1
 * ```
 *
 * @throws {ZmqError} EINVAL for a pair that is not legal, EBUSY for sockets that are in use by a device or a call,
 * EBADF for a closed one
 */
export function proxy(front: Socket, back: Socket = front, options: DeviceOptions = {}): Device {
  const [a, b] = [front, back].map((socket) => {
    if (!isSocket(socket)) {
      throw new TypeError("proxy joins sockets; queue, forwarder and streamer make them");
    }
    return openEnd(socket, () => socket);
  });
  return new RunningDevice(a!, b!, options);
}

/** The types that fit, what was given, and the class that is made for endpoints. */
type Role = readonly [
  types: readonly string[],
  given: unknown,
  make: new (options: object) => Socket,
];

function device(name: string, front: Role, back: Role, options: DeviceOptions): Device {
  requireTypes(name, front, back);
  const ends: End[] = [];
  try {
    for (const [, given, Type] of [front, back]) {
      ends.push(openEnd(given, (rest) => new Type({ ...rest, ...own(options) })));
    }
  } catch (error) {
    for (const end of ends) if (end.own) end.socket.close();
    throw error;
  }
  return new RunningDevice(ends[0]!, ends[1]!, options);
}

/** Sockets fit either way round, for a device does not care which of its ends is called the front. */
function requireTypes(name: string, front: Role, back: Role): void {
  const types = [front, back].map(([fitting, given]) =>
    isSocket(given) ? coreOf(given).type.name : fitting[0]!
  );
  const fits = (a: string, b: string) => front[0].includes(a) && back[0].includes(b);
  if (fits(types[0]!, types[1]!) || fits(types[1]!, types[0]!)) return;
  throw new ZmqError(
    "EINVAL",
    `A ${name} joins ${front[0][0]} and ${back[0][0]}, not ${types[0]} and ${types[1]}`,
  );
}
