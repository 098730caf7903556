/**
 * Programs for the tests of how a process ends, chosen by the first argument. Each prints what it did; whether and
 * when it ends is the test's subject. The second argument is an endpoint where one is needed.
 */

import process from "node:process";
import { loose as zmq } from "../../interop/subject.ts";

const [, , name, address] = process.argv;

/** The native binding closes what is collected. */
// deno-lint-ignore no-explicit-any
const kept: any[] = Object.assign(globalThis, { kept: [] }).kept;

// deno-lint-ignore no-explicit-any
function keep(value: any): any {
  kept.push(value);
  return value;
}

const programs: { readonly [name: string]: () => unknown } = {
  closedSockets() {
    for (const context of [undefined, new zmq.Context()]) {
      const options = context ? { context } : {};
      new zmq.Dealer(options).close();
      new zmq.Router(options).close();
    }
  },

  openSockets() {
    for (const context of [undefined, new zmq.Context()]) {
      const options = context ? { context } : {};
      new zmq.Dealer(options);
      new zmq.Router(options);
    }
  },

  async boundSocket() {
    const pull = keep(new zmq.Pull());
    await pull.bind("tcp://127.0.0.1:*");
  },

  connectedSocket() {
    new zmq.Pull().connect(address);
  },

  async joinedSockets() {
    const pull = new zmq.Pull();
    await pull.bind("tcp://127.0.0.1:*");
    const push = new zmq.Push();
    push.connect(pull.lastEndpoint);
    await push.send("here");
    console.log((await pull.receive()).toString());
  },

  async publisherWithoutSubscriber() {
    await new zmq.Publisher().send("to nobody");
  },

  waitingReceive() {
    const dealer = keep(new zmq.Dealer());
    dealer.connect("inproc://nobody");
    dealer.receive();
  },

  waitingReceiveOfContext() {
    const dealer = keep(new zmq.Dealer({ context: keep(new zmq.Context()) }));
    dealer.connect("inproc://nobody");
    dealer.receive();
  },

  waitingSend() {
    const dealer = keep(new zmq.Dealer());
    dealer.send("to nobody");
  },

  async waitingForEvents() {
    for await (const _ of keep(new zmq.Dealer()).events);
  },

  async closedWhileReadingEvents() {
    const dealer = new zmq.Dealer();
    const reading = (async () => {
      for await (const _ of dealer.events);
    })();
    dealer.close();
    await reading;
  },

  async finiteReceive() {
    const pull = new zmq.Pull({ receiveTimeout: 200 });
    await pull.bind("tcp://127.0.0.1:*");
    await pull.receive().catch((error: { code?: string }) => console.log(error.code));
  },

  async lingering() {
    const push = new zmq.Push({ linger: -1, reconnectInterval: 20 });
    push.connect(address);
    await push.send("for later");
    push.close();
    console.log("closed");
  },

  async lingeringUnclosed() {
    const push = new zmq.Push({ linger: -1, reconnectInterval: 20 });
    push.connect(address);
    await push.send("for later");
    console.log("closed");
  },

  async notLingering() {
    const push = new zmq.Push({ linger: 0 });
    push.connect(address);
    await push.send("for nobody");
    push.close();
    console.log("closed");
  },

  async lingeringAWhile() {
    const push = new zmq.Push({ linger: 300 });
    push.connect(address);
    await push.send("for nobody");
    push.close();
    console.log("closed");
  },

  async notBlocky() {
    zmq.context.blocky = false;
    const push = new zmq.Push();
    push.connect(address);
    await push.send("for nobody");
    push.close();
    console.log("closed");
  },
};

await programs[name!]!();
