/**
 * How a thread and the Worker that it made get a port between them: the Worker says hello with one end of a channel,
 * once, and nothing else ever goes over the channel that the program uses. The message is caught before the program's
 * own listeners see it. This much must happen at once; all the rest is loaded behind.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { threadAbove as findThreadAbove } from "../io/adapters.ts";
import type { Port } from "./carrier.ts";
import { catchEmitted } from "./emitter.ts";

/** A thread as another sees it: a Worker, or a port that leads to one. */
export interface ThreadLike {
  /** As Workers and ports have it. */
  postMessage(value: unknown, transfer: object[]): void;
}

/** The property of the message that holds the port, and the version of what is spoken over it. */
const MARK = "@puremq/zmq inproc 1";

interface Target {
  addEventListener?(type: string, listener: (event: MessageLikeEvent) => void, options: object): void;
  dispatchEvent?: (event: MessageLikeEvent) => boolean;
  removeEventListener?(type: string, listener: (event: MessageLikeEvent) => void, options: object): void;
  /** Ports alone have these. */
  start?(): void;
  close?(): void;
  unref?(): void;
}

interface MessageLikeEvent {
  readonly type: string;
  readonly data: unknown;
  stopImmediatePropagation(): void;
}

/** Catches the hello of a thread below; answers how to stop waiting for it. Throws a TypeError for what is none. */
export function catchHello(thread: object, caught: (port: Port) => void): () => void {
  const target = thread as Target;
  if (target.addEventListener !== undefined) {
    const { dispatchEvent } = target;
    const options = { capture: true };
    const listener = (event: MessageLikeEvent): boolean => {
      const port = event.type === "message" ? portIn(event.data) : undefined;
      if (port === undefined) return false;
      event.stopImmediatePropagation();
      stop();
      caught(port);
      return true;
    };
    const stop = (): void => {
      target.removeEventListener!("message", listener, options);
      delete target.dispatchEvent;
      // A port is for this alone, and on Deno an open one holds the process.
      target.close?.();
    };
    target.addEventListener("message", listener, options);
    // On Deno who captures is not asked before those that were there earlier, but dispatching is a method.
    target.dispatchEvent = (event): boolean => listener(event) || dispatchEvent!.call(target, event);
    if (target.start !== undefined) {
      target.start();
      target.unref?.();
    }
    return stop;
  }
  return catchEmitted(thread, (data) => {
    const port = portIn(data);
    if (port !== undefined) caught(port);
    return port !== undefined;
  });
}

/** Says hello to the thread above; answers our end of the channel. */
export function sayHello(above: ThreadLike): Port {
  const { port1, port2 } = new MessageChannel();
  above.postMessage({ [MARK]: port2 }, [port2]);
  return port1 as unknown as Port;
}

/** The thread that made this one. Throws ENOTSUP if this is no Worker. */
export function threadAbove(): ThreadLike {
  const above = findThreadAbove();
  if (!above) throw new ZmqError("ENOTSUP", "There is no thread above this one: it is no Worker");
  return above as ThreadLike;
}

function portIn(data: unknown): Port | undefined {
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, MARK)) return undefined;
  const port = (data as { readonly [MARK]: unknown })[MARK];
  return typeof port === "object" && port !== null && "postMessage" in port ? port as Port : undefined;
}
