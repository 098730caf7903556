// A page with a class of its own for a type that it names by number only.

import { Push, Socket } from "@puremq/zmq";

class Mine extends Socket {
  constructor() {
    super(7);
  }
}

const mine = new Mine();
await mine.bind("inproc://mine");
const push = new Push();
push.connect("inproc://mine");
await push.send("to 7");
console.log(String(await mine.receive()), mine instanceof Socket, push instanceof Socket, "send" in mine);
mine.close();
push.close();
