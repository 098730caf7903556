/**
 * The two ends of a flow, on whatever module speaks zeromq.js's language. A message is its number and octets that
 * follow from the number, so that the receiver can tell loss, doubling, disorder and damage.
 *
 * @module
 */

import { bodyLength, type EndCount, type Flow, type Kind, KINDS } from "./plan.ts";

/** A module with zeromq.js's classes. */
// deno-lint-ignore no-explicit-any
export type Module = any;

/** The keys of all CURVE flows. */
export interface Keys {
  readonly server: { readonly publicKey: string; readonly secretKey: string };
  readonly client: { readonly publicKey: string; readonly secretKey: string };
}

/** Most echoed messages that are under way. */
const WINDOW = 100;
const GROUP = "soak";

/** One end of one flow. */
export interface End {
  readonly flow: Flow;
  readonly count: EndCount;
  /** Sends so many more, as far as the other end keeps up; ends all sending with `stop`. */
  send(messages: number): void;
  stop(): void;
  close(): void;
}

/** The facts of a flow's kind. */
export function kindOf({ kind }: Flow): Kind {
  return KINDS.find(({ name }) => name === kind)!;
}

/** Opens the socket of one end. */
export function open(module: Module, flow: Flow, end: "from" | "to", keys: Keys): Module {
  const kind = kindOf(flow);
  const socket = new module[end === "from" ? kind.sender : kind.receiver]();
  socket.linger = 0;
  if (flow.curve) {
    const server = end === "to";
    Object.assign(
      socket,
      server ? { curveServer: true, curveSecretKey: keys.server.secretKey } : {
        curveServerKey: keys.server.publicKey,
        curvePublicKey: keys.client.publicKey,
        curveSecretKey: keys.client.secretKey,
      },
    );
  }
  return socket;
}

/** Runs the end that sends. */
export function sender(socket: Module, flow: Flow, route: Route, count: EndCount): End {
  const kind = kindOf(flow);
  const message = composer(kind, route);
  let wanted = 0;
  let running = false;
  let stopped = false;

  const run = async () => {
    running = true;
    while (wanted > 0 && !stopped && (!kind.echo || count.sent - count.answers < WINDOW)) {
      wanted--;
      await socket.send(message(count.sent), ...(route.beside ? [route.beside] : []));
      count.sent++;
      // A REQ takes its turn with the answer.
      if (kind.sender === "Request") answered(await socket.receive(), kind, count);
    }
    running = false;
  };
  const start = () => void run().catch((error) => fail(count, error));
  if (kind.echo && kind.sender !== "Request") {
    void (async () => {
      for (;;) {
        answered(await socket.receive(), kind, count);
        if (!running) start();
      }
    })().catch((error) => fail(count, error));
  } else if (kind.sender === "XPublisher") {
    // Subscriptions that nobody reads would be all that it holds.
    void (async () => {
      for (;;) await socket.receive();
    })().catch((error) => fail(count, error));
  }
  return {
    flow,
    count,
    send(messages) {
      // What could not be sent in time is not made up for.
      wanted = Math.max(wanted, messages);
      if (!running) start();
    },
    stop: () => stopped = true,
    close: () => socket.close(),
  };
}

/** Runs the end that receives, and answers where messages are answered. */
export function receiver(socket: Module, flow: Flow, count: EndCount): End {
  const kind = kindOf(flow);
  const read = reader(kind, count);
  void (async () => {
    for (;;) {
      const message = await socket.receive();
      read(message);
      if (!kind.echo) continue;
      if (kind.receiver === "Server") await socket.send(message[0], { routingId: message[1].routingId });
      else if (kind.receiver === "Channel") await socket.send(message[0]);
      else await socket.send(message);
    }
  })().catch((error) => fail(count, error));
  return { flow, count, send() {}, stop() {}, close: () => socket.close() };
}

/** Lets what is sent come. */
export async function listen(socket: Module, flow: Flow): Promise<void> {
  const { receiver } = kindOf(flow);
  if (receiver === "Subscriber") socket.subscribe();
  if (receiver === "XSubscriber") await socket.send(Uint8Array.of(1));
  if (receiver === "Dish") socket.join(GROUP);
}

/** Whom messages are for, where a type must be told: before the parts, or beside them. */
export interface Route {
  readonly before?: Uint8Array | string;
  readonly beside?: object;
}

/** Connects the end that sends, and finds its route. */
export async function connect(socket: Module, flow: Flow, address: string): Promise<Route> {
  switch (kindOf(flow).sender) {
    case "Radio":
      socket.connect(address);
      return { beside: { group: GROUP } };
    case "Peer":
      return { beside: { routingId: socket.connectPeer(address) } };
    case "Stream": {
      socket.connect(address);
      // An empty message tells of the connection, by its routing id.
      const [routingId] = await socket.receive();
      return { before: routingId };
    }
    case "Datagram":
      await socket.bind("udp://127.0.0.1:*");
      return { before: address.replace("udp://", "") };
    default:
      socket.connect(address);
      return {};
  }
}

function composer(kind: Kind, { before }: Route): (number: number) => Module {
  const datagram = kind.sender === "Datagram";
  return (number) => {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setFloat64(0, number);
    const body = new Uint8Array(bodyLength(number, datagram)).fill(number & 255);
    if (kind.parts) return [head, body];
    const whole = new Uint8Array(8 + body.length);
    whole.set(head);
    whole.set(body, 8);
    return before === undefined ? whole : [before, whole];
  };
}

function answered(message: Module[], kind: Kind, count: EndCount): void {
  const [number, sound] = check(message, kind, kind.parts ? 2 : 1);
  if (!sound) count.damaged++;
  else if (number !== count.answers) count.disorder++;
  count.answers++;
}

function reader(kind: Kind, count: EndCount): (message: Module[]) => void {
  if (kind.sender === "Stream") return streamReader(count);
  const names = kind.receiver === "Router" ? 1 : 0;
  return (message) => {
    const parts = kind.parts
      ? message.slice(names)
      : kind.sender === "Datagram"
      ? [message[1]]
      : [message[0]];
    const [number, sound] = check(parts, kind, parts.length);
    take(number, sound, parts, count);
  };
}

function take(number: number, sound: boolean, parts: readonly Uint8Array[], count: EndCount): void {
  count.received++;
  for (const part of parts) count.octets += part.length;
  if (!sound) count.damaged++;
  if (count.first < 0) count.first = number;
  else if (number <= count.last) count.disorder++;
  else count.missing += number - count.last - 1;
  count.last = Math.max(count.last, number);
}

/** The number of a message, and whether its octets are those that belong to the number. */
function check(parts: readonly Uint8Array[], kind: Kind, expected: number): [number: number, sound: boolean] {
  const head = parts[0]!;
  if (head.length < 8) return [-1, false];
  const number = new DataView(head.buffer, head.byteOffset, 8).getFloat64(0);
  const body = kind.parts ? parts[1]! : head.subarray(8);
  const length = bodyLength(number, kind.sender === "Datagram");
  const sound = parts.length === expected && body !== undefined && body.length === length &&
    (length === 0 || (body[0] === (number & 255) && body[length - 1] === (number & 255)));
  return [number, sound];
}

/** STREAM has no messages: octets are put together again. */
function streamReader(count: EndCount): (message: Module[]) => void {
  let rest = new Uint8Array(0);
  return (message) => {
    const chunk = message[1] as Uint8Array;
    if (chunk.length === 0) return;
    const whole = new Uint8Array(rest.length + chunk.length);
    whole.set(rest);
    whole.set(chunk, rest.length);
    let at = 0;
    while (whole.length - at >= 8) {
      const number = new DataView(whole.buffer, at, 8).getFloat64(0);
      const end = at + 8 + bodyLength(number, false);
      if (end > whole.length) break;
      const part = whole.subarray(at, end);
      const body = part.subarray(8);
      take(number, body.every((octet) => octet === (number & 255)), [part], count);
      at = end;
    }
    rest = whole.slice(at);
  };
}

function fail(count: EndCount, error: unknown): void {
  const { code, message } = error as { code?: string; message?: string };
  // The end of the soak closes the sockets under those that wait.
  if (code === "EAGAIN" || code === "EBADF") return;
  count.errors.push(`${code ?? ""} ${message ?? error}`.trim());
}
