// The peer of the interop tests on npm's zeromq: one JSON command a line in, one answer a line out.
// `node peer_zeromq.cjs PATH_OF_ZEROMQ`. The protocol is that of `peer.ts`; `peer_pyzmq.py` speaks it too.

const { createHash } = require("node:crypto");
const { createInterface } = require("node:readline");
const zmq = require(process.argv[2]);

const LONG = 1024;
const DRAFTS = ["Server", "Client", "Radio", "Dish", "Gather", "Scatter"];
const sockets = [];
const monitors = [];

const commands = {
  hello: () => zmq.version,

  open({ type, options }) {
    return sockets.push(new (classOf(type))(options)) - 1;
  },

  async bind({ sock, address }) {
    await sockets[sock].bind(address);
    return sockets[sock].lastEndpoint;
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
        monitor.events.push({ type, address, error: error && { code: error.code, message: error.message } });
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

  close({ sock }) {
    sockets[sock].close();
  },
};

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
