// The peer of tests/ws/peers_test.ts on npm's ws: one JSON command a line in, one answer a line out, as
// `peers.ts` says them; `peer_wsproto.py` speaks the same.
"use strict";

const { createHash } = require("node:crypto");
const { createServer } = require("node:http");
const { createInterface } = require("node:readline");
const WebSocket = require(process.argv[2]);

const LONG = 1024;
// RFC 7230's token: ws takes nothing else for the name of a sub-protocol, RFC 45's names with a slash neither.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const connections = [];
// By the port.
const accepted = new Map();

const commands = {
  hello: () => null,

  /** Listens; of the sub-protocols that are offered it chooses the first of these, or none. Answers the port. */
  async listen({ protocols, deflate }) {
    const server = new WebSocket.WebSocketServer({
      noServer: true,
      perMessageDeflate: deflate ? { threshold: 0 } : false,
      handleProtocols: (offered) => protocols.find((each) => offered.has(each)) ?? false,
    });
    const http = createServer().listen(0, "127.0.0.1");
    const queue = new Queue();
    http.on("upgrade", (request, socket, head) => {
      const offered = (request.headers["sec-websocket-protocol"] ?? "").split(/ *, */);
      const tokens = offered.filter((each) => TOKEN.test(each));
      if (tokens.length > 0) request.headers["sec-websocket-protocol"] = tokens.join(", ");
      else delete request.headers["sec-websocket-protocol"];
      server.handleUpgrade(request, socket, head, (end) => queue.push(added(end, { offered })));
    });
    await new Promise((resolve) => http.on("listening", resolve));
    const { port } = http.address();
    accepted.set(port, queue);
    return port;
  },

  accept: ({ port }) => accepted.get(port).next(),

  dial({ url, protocols, deflate }) {
    return new Promise((resolve, reject) => {
      const end = new WebSocket(url, protocols, { perMessageDeflate: deflate ? { threshold: 0 } : false });
      end.on("error", reject);
      // Listened to before anything can come: frames may lie behind the answer.
      const facts = added(end, {});
      end.on("open", () => resolve({ ...facts, protocol: end.protocol, extensions: end.extensions }));
    });
  },

  /** A message; with `fragments` in frames of these sizes, the last of them what is left, `ping` after each. */
  async send({ connection, data, text, fragments = [], ping }) {
    const { end } = connections[connection];
    let rest = Buffer.from(data, "base64");
    for (const size of fragments) {
      end.send(rest.subarray(0, size), { binary: !text, fin: false });
      rest = rest.subarray(size);
      if (ping !== undefined) end.ping(Buffer.from(ping, "base64"));
    }
    await new Promise((resolve) => end.send(rest, { binary: !text, fin: true }, resolve));
  },

  ping: ({ connection, data }) => connections[connection].end.ping(Buffer.from(data, "base64")) ?? null,

  pong: ({ connection, data }) => connections[connection].end.pong(Buffer.from(data, "base64")) ?? null,

  close: ({ connection, code, reason }) => connections[connection].end.close(code, reason) ?? null,

  /** Octets that ws knows nothing of, `piece` of them a write. */
  async raw({ connection, data, piece }) {
    const socket = connections[connection].end._socket;
    const octets = Buffer.from(data, "base64");
    for (let at = 0; at < octets.length; at += piece) {
      socket.write(octets.subarray(at, at + piece));
      await new Promise(setImmediate);
    }
  },

  next: ({ connection, count }) => connections[connection].events.take(count),
};

/** Gives a connection its number, and writes down what it hears. */
function added(end, facts) {
  const events = new Queue();
  end.on("message", (data, binary) => events.push({ type: binary ? "message" : "text", data: encode(data) }));
  end.on("ping", (data) => events.push({ type: "ping", data: encode(data) }));
  end.on("pong", (data) => events.push({ type: "pong", data: encode(data) }));
  // What ws finds wrong with our frames.
  end.on("error", (error) => events.push({ type: "error", text: `${error.code}: ${error.message}` }));
  end.on("close", (code, reason) => events.push({ type: "close", code, reason: reason.toString() }));
  connections.push({ end, events });
  return { connection: connections.length - 1, protocol: end.protocol, extensions: end.extensions, ...facts };
}

function Queue() {
  const items = [];
  let wake = () => {};
  this.push = (item) => {
    items.push(item);
    wake();
  };
  this.next = async () => {
    while (items.length === 0) await new Promise((resolve) => wake = resolve);
    return items.shift();
  };
  this.take = async (count) => {
    const taken = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  };
}

function encode(data) {
  if (data.length <= LONG) return data.toString("base64");
  return { size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, op, ...details } = JSON.parse(line);
  let answer;
  try {
    answer = { id, result: await commands[op](details) ?? null };
  } catch (error) {
    answer = { id, error: `${error.code ?? error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}).on("close", () => process.exit());
