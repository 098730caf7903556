/**
 * The commands that only receive: `pull` and `sub`.
 *
 * @module
 */

import type { Frames } from "../../socket/directions.ts";
import { Pull, Subscriber } from "../../socket/sockets.ts";
import type { Arguments } from "../args.ts";
import { timed } from "../failure.ts";
import { runSocket } from "./link.ts";
import { outputStyle, printMessages } from "./output.ts";

/** Most messages that are printed by one write. */
const BATCH = 1000;

/** Runs `pull`. */
export function pull(args: Arguments): Promise<number> {
  return receive(new Pull(), args);
}

/** Runs `sub`. */
export function sub(args: Arguments): Promise<number> {
  const socket = new Subscriber();
  socket.subscribe(...args.all("topic"));
  return receive(socket, args);
}

/** What is left of `--count`: for ever, if it is not given. */
export function limitOf(args: Arguments): number {
  return args.number("count") ?? Infinity;
}

function receive(socket: Pull | Subscriber, args: Arguments): Promise<number> {
  const hwm = args.number("hwm");
  if (hwm !== undefined) socket.receiveHighWaterMark = hwm;
  const style = outputStyle(args);
  const timeout = args.number("timeout") ?? -1;
  return runSocket(socket, args, false, async () => {
    for (let left = limitOf(args); left > 0;) {
      const messages: Frames[] = await timed(
        socket.receiveMany(Math.min(left, BATCH), { timeout }),
        `no message came within ${timeout} ms`,
      );
      await printMessages(messages, style);
      left -= messages.length;
    }
    return 0;
  });
}
