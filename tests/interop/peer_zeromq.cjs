// The peer of the interop tests on npm's zeromq: one JSON command a line in, one answer a line out.
// `node peer_zeromq.cjs PATH_OF_ZEROMQ`. The protocol is that of `peer.ts`; `peer_pyzmq.py` speaks it too.

const { createHash } = require("node:crypto");
const { createInterface } = require("node:readline");
const zmq = require(process.argv[2]);

const LONG = 1024;
const DRAFTS = ["Server", "Client", "Radio", "Dish", "Gather", "Scatter"];
const sockets = [];
const monitors = [];
const contexts = {};
const handlers = [];

const commands = {
  hello: () => zmq.version,

  open({ type, options, context }) {
    const own = context === undefined ? {} : { context: contextOf(context) };
    return sockets.push(new (classOf(type))({ ...options, ...own })) - 1;
  },

  async bind({ sock, address }) {
    await sockets[sock].bind(address);
    return sockets[sock].lastEndpoint;
  },

  setOption({ sock, option, value }) {
    if (typeof value === "string") sockets[sock].setStringOption(option, value);
    else sockets[sock].setInt32Option(option, value);
  },

  unbind: ({ sock, address }) => sockets[sock].unbind(address),

  connect({ sock, address }) {
    sockets[sock].connect(address);
  },

  disconnect({ sock, address }) {
    sockets[sock].disconnect(address);
  },

  send: ({ sock, parts }) => sockets[sock].send(parts.map(decode)),

  sendTo: ({ sock, body, to }) => sockets[sock].send(decode(body), ...(to ? [nameOf(to)] : [])),

  async receiveFrom({ sock, timeout }) {
    sockets[sock].receiveTimeout = timeout;
    const [body, from] = await sockets[sock].receive();
    return {
      body: body.toString("base64"),
      from: from && { ...from, group: from.group && from.group.toString("base64") },
    };
  },

  join({ sock, groups }) {
    sockets[sock].join(...groups.map(decode));
  },

  leave({ sock, groups }) {
    sockets[sock].leave(...groups.map(decode));
  },

  async receive({ sock, timeout }) {
    sockets[sock].receiveTimeout = timeout;
    return (await sockets[sock].receive()).map(encode);
  },

  subscribe({ sock, topics }) {
    sockets[sock].subscribe(...topics.map(decode));
  },

  unsubscribe({ sock, topics }) {
    sockets[sock].unsubscribe(...topics.map(decode));
  },

  async pump({ sock, count, size }) {
    for (let number = 0; number < count; number++) {
      const message = Buffer.alloc(size);
      message.writeUInt32BE(number);
      await sockets[sock].send(message);
    }
  },

  async drain({ sock, count, timeout }) {
    sockets[sock].receiveTimeout = timeout;
    const tally = { count: 0, first: -1, last: -1, ascending: true, doubles: 0 };
    const seen = new Set();
    while (tally.count < count) {
      let parts;
      try {
        parts = await sockets[sock].receive();
      } catch (error) {
        if (error.code === "EAGAIN") break;
        throw error;
      }
      const number = parts.at(-1).readUInt32BE();
      if (tally.count++ === 0) tally.first = number;
      else if (number <= tally.last) tally.ascending = false;
      if (seen.has(number)) tally.doubles++;
      seen.add(number);
      tally.last = number;
    }
    return tally;
  },

  async echo({ sock, count }) {
    for (let round = 0; round < count; round++) await sockets[sock].send(await sockets[sock].receive());
  },

  monitor({ sock }) {
    const monitor = monitors[sock] = { events: [], wake: () => {} };
    (async () => {
      for await (const { type, address, error } of sockets[sock].events) {
        monitor.events.push({ type, address, error: error && detail(error) });
        monitor.wake();
      }
    })();
  },

  async event({ sock, type, timeout }) {
    const monitor = monitors[sock];
    const passed = [];
    const end = Date.now() + timeout;
    while (true) {
      while (monitor.events.length) {
        const event = monitor.events.shift();
        if (event.type === type) return event;
        passed.push(event.type);
      }
      if (Date.now() >= end) throw new Error(`no ${type} among ${passed}`);
      await new Promise((resolve) => {
        monitor.wake = resolve;
        setTimeout(resolve, end - Date.now());
      });
    }
  },

  // All events up to the first handshake that succeeded, or the first connection that ended.
  async story({ sock, timeout }) {
    const monitor = monitors[sock];
    const told = [];
    const end = Date.now() + timeout;
    while (true) {
      while (monitor.events.length) {
        const { type, error } = monitor.events.shift();
        told.push({ type, value: error?.status ?? error?.code });
        if (type === "handshake" || type === "disconnect") return told;
      }
      if (Date.now() >= end) throw new Error(`after ${JSON.stringify(told)}`);
      await new Promise((resolve) => {
        monitor.wake = resolve;
        setTimeout(resolve, end - Date.now());
      });
    }
  },

  keyPair() {
    const { publicKey, secretKey } = zmq.curveKeyPair();
    return { publicKey, secretKey };
  },

  // A ZAP handler by a script; see `Script` in `security.ts`.
  async handle({ context, script }) {
    const router = script.type === "Router";
    const socket = new zmq[script.type ?? "Reply"]({ linger: 0, context: contextOf(context) });
    await socket.bind("inproc://zeromq.zap.01");
    const requests = [];
    serve(socket, script, requests, router);
    return handlers.push(requests) - 1;
  },

  requests: ({ handler }) => handlers[handler],

  close({ sock }) {
    sockets[sock].close();
  },
};

async function serve(socket, script, requests, router) {
  if (script.ends === "unread") {
    while (!socket.readable) await new Promise((resolve) => setTimeout(resolve, 2));
    return socket.close();
  }
  for await (const message of socket) {
    const start = router ? message.findIndex((part) => part.length === 0) + 1 : 0;
    const [version, number, ...rest] = message.slice(start);
    requests.push([version, ...rest].map(encode));
    if (script.ends === "read") return socket.close();
    await socket.send([
      ...message.slice(0, start),
      script.version ?? "1.0",
      script.id ?? number,
      script.status ?? "200",
      script.text ?? "",
      script.userId ?? "",
      decode(script.metadata ?? ""),
      ...Array(script.extra ?? 0).fill(""),
    ]);
  }
}

function contextOf(name) {
  return contexts[name] ??= new zmq.Context();
}

function detail({ code, status, message }) {
  return { code, status, message };
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, op, ...details } = JSON.parse(line);
  let answer;
  try {
    answer = { id, result: await commands[op](details) };
  } catch (error) {
    answer = { id, error: `${error.code ?? error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}).on("close", () => process.exit());

// The draft module warns on stderr when it is loaded. It lacks PEER and CHANNEL, which its libzmq has: PEER can only
// receive by this binding, for it cannot say whom a message is for.
function classOf(type) {
  if (DRAFTS.includes(type)) return require(`${process.argv[2]}/draft`)[type];
  if (type !== "Peer" && type !== "Channel") return zmq[type];
  class Drafted extends zmq.Socket {
    constructor(options) {
      super(type === "Peer" ? 19 : 20, options);
    }
  }
  for (const name of ["sendTimeout", "receiveTimeout"]) {
    Object.defineProperty(Drafted.prototype, name, Object.getOwnPropertyDescriptor(zmq.Pair.prototype, name));
  }
  return Drafted;
}

function nameOf({ routingId, group }) {
  return group === undefined ? { routingId } : { group: decode(group) };
}

function decode(part) {
  if (typeof part === "string") return Buffer.from(part, "base64");
  const block = Buffer.alloc(251);
  for (let index = 0; index < 251; index++) block[index] = (part.seed + index) % 251;
  return Buffer.alloc(part.size, block);
}

function encode(part) {
  if (part.length <= LONG) return part.toString("base64");
  return { size: part.length, sha256: createHash("sha256").update(part).digest("hex") };
}
