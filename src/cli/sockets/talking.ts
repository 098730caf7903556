/**
 * The commands that send and receive as it comes: `pair`, `dealer` and `router`.
 *
 * @module
 */

import { ZmqError } from "../../base/errors.ts";
import type { Frames } from "../../socket/directions.ts";
import { Dealer, Pair, Router } from "../../socket/sockets.ts";
import type { Arguments } from "../args.ts";
import { TimeoutError } from "../failure.ts";
import { showRoutingId } from "../format.ts";
import { inputIsTerminal, warn } from "../host.ts";
import { inputStyle, messagesToSend, type Parts } from "./input.ts";
import { runSocket } from "./link.ts";
import { outputStyle, printMessages } from "./output.ts";
import { limitOf } from "./receiving.ts";
import { awaitPeer, sendInTime } from "./sending.ts";

type Talker = Pair | Dealer | Router;

/** Runs `pair`. */
export function pair(args: Arguments): Promise<number> {
  return talk(new Pair(), args, true);
}

/** Runs `dealer`. */
export function dealer(args: Arguments): Promise<number> {
  const routingId = args.text("id");
  return talk(new Dealer(routingId === undefined ? {} : { routingId }), args, true);
}

/** Runs `router`. It is told when nobody has the routing id, so that the user is. */
export function router(args: Arguments): Promise<number> {
  const routingId = args.text("id");
  return talk(new Router({ mandatory: true, ...routingId === undefined ? {} : { routingId } }), args, false);
}

/**
 * Sends and receives at once. With `--count` it ends after as many received messages, when all input is sent too;
 * else by a time-out or a signal.
 */
function talk(socket: Talker, args: Arguments, accountable: boolean): Promise<number> {
  const hwm = args.number("hwm");
  if (hwm !== undefined) socket.sendHighWaterMark = socket.receiveHighWaterMark = hwm;
  const named = socket instanceof Router;
  const count = args.number("count");
  const messages = args.has("echo")
    ? none()
    : messagesToSend(args, inputStyle(args, named), count || undefined, Infinity);
  const style = outputStyle(args, named);
  let unroutable = 0;

  const send = async (message: Parts) => {
    try {
      await sendInTime(socket, message, args);
    } catch (error) {
      if (!(error instanceof ZmqError) || error.code !== "EHOSTUNREACH") throw error;
      unroutable++;
      await warn(`zmq: nobody is here whose routing id is ${showRoutingId(message[0]!)}`);
    }
  };

  return runSocket(socket, args, accountable, async (link) => {
    if (args.has("data")) await awaitPeer(link, args);
    const patience = new Patience(args.number("timeout"));
    const sending = (async () => {
      for await (const message of messages) await send(message);
      patience.begin();
    })();
    const receiving = (async () => {
      for (let left = limitOf(args); left > 0; left--) {
        const message = await patience.receive(socket);
        await printMessages([message], style);
        if (args.has("echo")) await send(message);
      }
    })();
    // Whoever fails first is the reason; the end of the input alone is no end, and what is typed has none.
    const typed = !args.has("data") && inputIsTerminal();
    if (typed && count !== 0) await Promise.race([receiving, sending.then(() => receiving)]);
    else await Promise.all([receiving, sending]);
    return unroutable > 0 ? 1 : 0;
  });
}

/** How long to wait for a message: for ever while there is input, for it may be typed. */
class Patience {
  readonly #timeout: number;
  #begun = 0;

  constructor(timeout: number | undefined) {
    this.#timeout = timeout ?? -1;
  }

  /** The input is over: the clock runs. */
  begin(): void {
    this.#begun = performance.now();
  }

  async receive(socket: Talker): Promise<Frames> {
    let timeout = this.#timeout;
    const since = performance.now();
    for (;;) {
      try {
        return await socket.receive({ timeout });
      } catch (error) {
        if (!(error instanceof ZmqError) || error.code !== "EAGAIN" || socket.closed) throw error;
      }
      const waited = performance.now() - Math.max(since, this.#begun);
      if (this.#begun > 0 && waited >= this.#timeout - 1) {
        throw new TimeoutError(`no message came within ${this.#timeout} ms`);
      }
      timeout = this.#begun > 0 ? Math.ceil(this.#timeout - waited) : this.#timeout;
    }
  }
}

async function* none(): AsyncGenerator<Parts, void, undefined> {}
