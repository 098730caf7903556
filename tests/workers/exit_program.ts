/**
 * Has a Worker, sockets of it and of this thread that are connected, contexts that were closed after they met by a
 * port, and nothing to do: the process must end.
 *
 * @module
 */

import { Context, Pull } from "../../mod.ts";
import { Thread } from "./threads.ts";

const thread = await Thread.start();
const pull = new Pull();
await pull.bind("inproc://idle");
const push = await thread.make("Push");
await push.connect("inproc://idle");
await push.send("hello");
await pull.receive();
const above = new Context({ blocky: false });
const below = new Context({ blocky: false });
const { port1, port2 } = new MessageChannel();
above.attach(port1);
above.attach(new MessageChannel().port1);
await below.join(port2);
await above.close();
await below.close();
// A Worker holds up its process by itself on every runtime, for as long as it lives.
const { raw } = thread as unknown as { raw: { unref?(): void; terminate(): void } };
if ("Deno" in globalThis) raw.terminate();
else raw.unref?.();
console.log("over");
