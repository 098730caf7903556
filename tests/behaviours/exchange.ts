/**
 * What most of libzmq's own tests end with, whatever they are about: a message of two parts each way, both parts
 * looked at. And the few things that tests of this folder await for lack of an event.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { elapse, failure, texts, until, within } from "../interop/scope.ts";
import { type AnySocket, isOurs, type Part } from "../interop/subject.ts";

const LIMIT = 5000;
const PARTS: readonly string[] = ["The first part, of 32 characters", "and the second, which is the last"];

/** The message's parts as text, within five seconds. */
export async function hear(socket: Pick<AnySocket, "receive">): Promise<string[]> {
  return texts(await within(socket.receive(), LIMIT, "a message"));
}

/** Sends and hears it on the other side. */
export async function carry(
  from: Pick<AnySocket, "send">,
  to: Pick<AnySocket, "receive">,
  parts: string[],
): Promise<void> {
  await within(from.send(parts), LIMIT, "room for a message");
  assertEquals(await hear(to), parts);
}

/** Two parts there and back again, asked by the second socket. */
export async function exchange(server: AnySocket, client: AnySocket): Promise<void> {
  await carry(client, server, [...PARTS]);
  await carry(server, client, [...PARTS]);
}

/** The parts of the next message if there is one now. */
export async function heardNow(socket: AnySocket): Promise<string[] | undefined> {
  const timeout = socket.receiveTimeout;
  socket.receiveTimeout = 0;
  try {
    return texts(await socket.receive());
  } catch (error) {
    assertEquals((error as { code?: string }).code, "EAGAIN");
    return undefined;
  } finally {
    socket.receiveTimeout = timeout;
  }
}

/** Whether the socket takes the message without waiting. */
export async function takesNow(socket: AnySocket, message: Part | Part[]): Promise<boolean> {
  const timeout = socket.sendTimeout;
  socket.sendTimeout = 0;
  try {
    await socket.send(message);
    return true;
  } catch (error) {
    assertEquals((error as { code?: string }).code, "EAGAIN");
    return false;
  } finally {
    socket.sendTimeout = timeout;
  }
}

/** Sends without waiting until it would have to, or so many are sent. Answers how many. */
export async function fill(socket: AnySocket, message: Part | Part[], most = Infinity): Promise<number> {
  let sent = 0;
  while (sent < most && await takesNow(socket, message)) sent++;
  return sent;
}

/** Receives until there is nothing more for a while; of inproc, where nothing is on its way, until there is none. */
export async function drain(socket: AnySocket, patience = 0): Promise<string[][]> {
  const heard: string[][] = [];
  for (;;) {
    const parts = await heardNow(socket);
    if (parts !== undefined) heard.push(parts);
    else if (patience === 0) return heard;
    else {
      await elapse(patience);
      patience = 0;
    }
  }
}

/** EAGAIN at once with a time-out of 0, and after `milliseconds` with one of that length. */
export async function assertBlocks(socket: AnySocket, milliseconds: number): Promise<void> {
  socket.sendTimeout = 0;
  const before = performance.now();
  assertEquals((await failure(() => socket.send("x"))).code, "EAGAIN");
  const between = performance.now();
  socket.sendTimeout = milliseconds;
  assertEquals((await failure(() => socket.send("x"))).code, "EAGAIN");
  const after = performance.now();
  assertEquals(between - before < milliseconds / 2, true, `at once took ${between - before} ms`);
  // Timers of some runtimes are early by up to a millisecond.
  assertEquals(after - between >= milliseconds - 2, true, `the time-out took ${after - between} ms`);
}

/** Resolves when so many messages have come and wait to be received. libzmq cannot say, and is given time. */
export async function queued(socket: AnySocket, count: number): Promise<void> {
  if (!isOurs) return await elapse(300);
  const { statistics } = socket as unknown as { statistics(): { readonly queuedIn: number } };
  await until(`${count} messages wait`, () => statistics.call(socket).queuedIn >= count);
}
