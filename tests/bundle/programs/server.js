// A server's program: its bundle carries the adapter of the runtime that it is run on.

import { Pull, Push, Socket } from "@puremq/zmq";

class Mine extends Socket {
  constructor() {
    super(7);
  }
}

const pull = new Pull();
await pull.bind("tcp://127.0.0.1:*");
const mine = new Mine();
mine.bindSync("tcp://127.0.0.1:*");
for (const end of [pull, mine]) {
  const push = new Push();
  push.connect(end.lastEndpoint);
  await push.send(["by", "tcp"]);
  console.log((await end.receive()).join(" "));
  push.close();
  end.close();
}
