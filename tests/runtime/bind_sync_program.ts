/**
 * A program that binds at once while the transports are in the state that its argument names. It prints one line
 * with what came of it.
 */

import process from "node:process";
import { Pair, Pull, Push, ZmqError } from "../../mod.ts";

const pull = new Pull({ linger: 0 });

try {
  await prepare(process.argv[2]!);
  pull.bindSync("tcp://127.0.0.1:*");
  const push = new Push({ linger: 0 });
  push.connect(pull.lastEndpoint!);
  await push.send("hello");
  console.log(`received ${(await pull.receive())[0]}`);
  push.close();
} catch (error) {
  if (!(error instanceof ZmqError)) throw error;
  console.log(`${error.code} ${error.address}: ${error.message}`);
}
pull.close();

function prepare(state: string): Promise<void> {
  const other = new Pair({ linger: 0 });
  switch (state) {
    case "loading":
      other.connect("tcp://127.0.0.1:1");
      break;
    case "loading for some turns":
      other.connect("tcp://127.0.0.1:1");
      return Promise.resolve().then(() => {}).then(() => other.close());
    case "loaded":
      return other.bind("tcp://127.0.0.1:*").then(() => other.close());
    default:
      break;
  }
  other.close();
  return Promise.resolve();
}
