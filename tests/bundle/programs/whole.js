// A page that holds on to everything that the module exports.

import * as zmq from "@puremq/zmq";

globalThis.zmq = zmq;
const pull = new zmq.Pull();
await pull.bind("inproc://whole");
const push = new zmq.Push();
push.connect("inproc://whole");
await push.send(["all", "there"]);
console.log((await pull.receive()).join(" "), zmq.Push.prototype instanceof zmq.Socket);
pull.close();
push.close();
