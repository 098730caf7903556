/**
 * The commands that only send: `push` and `pub`.
 *
 * @module
 */

import { encodeText } from "../../base/bytes.ts";
import { Push, XPublisher } from "../../socket/sockets.ts";
import type { Arguments } from "../args.ts";
import { timed, TimeoutError } from "../failure.ts";
import { warn } from "../host.ts";
import { inputStyle, messagesToSend } from "./input.ts";
import { type Link, runSocket } from "./link.ts";

/** How long nobody may subscribe before the user is told what is waited for. */
const SILENCE = 1000;

/** Runs `push`. */
export function push(args: Arguments): Promise<number> {
  const messages = messagesToSend(args, inputStyle(args), args.number("count"));
  const socket = new Push();
  const hwm = args.number("hwm");
  if (hwm !== undefined) socket.sendHighWaterMark = hwm;
  return runSocket(socket, args, true, async (link) => {
    await awaitPeer(link, args);
    for await (const message of messages) await sendInTime(socket, message, args);
    return 0;
  });
}

/**
 * Runs `pub`. It is an XPUB, for that one hears of subscriptions; and what it reads from a file need not be
 * dropped when a subscriber is slower than a disk.
 */
export function pub(args: Arguments): Promise<number> {
  const messages = messagesToSend(args, inputStyle(args), args.number("count"));
  const socket = new XPublisher({ noDrop: !args.has("drop"), verbosity: "allSubs" });
  const hwm = args.number("hwm");
  if (hwm !== undefined) socket.sendHighWaterMark = hwm;
  const topic = args.text("topic");
  return runSocket(socket, args, false, async () => {
    await awaitSubscriptions(socket, args, topic);
    const head = topic === undefined ? [] : [encodeText(topic)];
    for await (const message of messages) await sendInTime(socket, [...head, ...message], args);
    return 0;
  });
}

/**
 * With a time-out, waits that long for somebody to talk to: a socket that connects would take messages for a
 * peer that never comes.
 */
export async function awaitPeer({ peer }: Link, args: Arguments): Promise<void> {
  const timeout = args.number("timeout");
  if (timeout !== undefined) await within(peer, timeout, `nobody was there within ${timeout} ms`);
}

/** Sends within `--timeout`. */
export function sendInTime(
  socket: { send(message: Uint8Array[], options: { timeout: number }): Promise<void> },
  message: readonly Uint8Array[],
  args: Arguments,
): Promise<void> {
  const timeout = args.number("timeout") ?? -1;
  return timed(socket.send([...message], { timeout }), `nobody could take the message within ${timeout} ms`);
}

/** Counts the subscriptions that want what is sent, from now on; waits for as many as `--wait` says. */
async function awaitSubscriptions(
  socket: XPublisher,
  args: Arguments,
  topic: string | undefined,
): Promise<void> {
  const wanted = args.number("wait") ?? 1;
  const name = topic === undefined ? undefined : encodeText(topic);
  let missing = wanted;
  const enough = new Promise<void>((resolve) => {
    if (missing === 0) resolve();
    void (async () => {
      // It goes on to the end: notices that nobody takes would fill the queue.
      for await (const [notice] of socket) {
        if (notice[0] !== 1) continue;
        const prefix = notice.subarray(1);
        const fits = name === undefined || prefix.every((octet, index) => octet === name[index]);
        if (fits && --missing === 0) resolve();
      }
    })();
  });
  const reminder = setTimeout(() => {
    if (args.has("quiet")) return;
    void warn(
      `zmq: waiting for ${missing === 1 ? "a subscriber" : `${missing} subscriptions`}; --wait 0 would not`,
    );
  }, SILENCE);
  const timeout = args.number("timeout");
  try {
    if (timeout === undefined) await enough;
    else {await within(
        enough,
        timeout,
        `${wanted === 1 ? "nobody" : "too few"} subscribed within ${timeout} ms`,
      );}
  } finally {
    clearTimeout(reminder);
  }
}

async function within(promise: Promise<void>, milliseconds: number, what: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(what)), milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
