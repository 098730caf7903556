/**
 * The commands that take turns: `req` and `rep`.
 *
 * @module
 */

import { Reply, Request } from "../../socket/sockets.ts";
import type { Arguments } from "../args.ts";
import { timed } from "../failure.ts";
import { inputIsTerminal } from "../host.ts";
import { fromInput, givenMessages, inputStyle, messagesToSend, type Parts } from "./input.ts";
import { runSocket } from "./link.ts";
import { outputStyle, printMessages } from "./output.ts";
import { limitOf } from "./receiving.ts";
import { awaitPeer, sendInTime } from "./sending.ts";

/** Runs `req`. */
export function req(args: Arguments): Promise<number> {
  const requests = messagesToSend(args, inputStyle(args), args.number("count"));
  const routingId = args.text("id");
  const socket = new Request(routingId === undefined ? {} : { routingId });
  const style = outputStyle(args);
  const timeout = args.number("timeout") ?? -1;
  return runSocket(socket, args, true, async (link) => {
    await awaitPeer(link, args);
    for await (const request of requests) {
      await sendInTime(socket, request, args);
      const reply = await timed(socket.receive({ timeout }), `no reply came within ${timeout} ms`);
      await printMessages([reply], style);
    }
    return 0;
  });
}

/** Runs `rep`. */
export function rep(args: Arguments): Promise<number> {
  const replies = new Replies(args);
  const socket = new Reply();
  const style = outputStyle(args);
  const timeout = args.number("timeout") ?? -1;
  return runSocket(socket, args, false, async () => {
    for (let left = limitOf(args); left > 0; left--) {
      const request = await timed(socket.receive({ timeout }), `no request came within ${timeout} ms`);
      await printMessages([request], style);
      const reply = await replies.next(request);
      if (reply === undefined) break;
      await socket.send([...reply]);
    }
    return 0;
  });
}

/** What to reply: `--data` in turn, or lines of stdin, or the request itself. */
class Replies {
  readonly #given: readonly Parts[];
  readonly #lines: AsyncIterator<Parts> | undefined;
  #count = 0;

  constructor(args: Arguments) {
    const style = inputStyle(args);
    this.#given = givenMessages(args, style);
    const typed = !args.has("echo") && this.#given.length === 0 && !inputIsTerminal();
    if (typed) this.#lines = fromInput(style, Infinity);
  }

  /** `undefined` after the last line. */
  async next(request: Parts): Promise<Parts | undefined> {
    const count = this.#count++;
    if (this.#given.length > 0) return this.#given[count % this.#given.length];
    if (this.#lines === undefined) return request;
    const line = await this.#lines.next();
    if (!line.done) return line.value;
    if (count > 0) return undefined;
    // An stdin that is empty from the start is a service's, not a list of replies.
    this.#count = 0;
    return request;
  }
}
