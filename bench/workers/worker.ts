/**
 * The Worker of `main.ts`: sends, or answers. Its first line is the kind of the measurement, the rest as users write
 * it.
 *
 * @module
 */

import { context, Push, Reply } from "../../mod.ts";
import { parentThread, received } from "./threads.ts";

const [kind, size, count] = await received<[string, number, number]>(parentThread());

if (kind === "post") {
  const thread = parentThread();
  for (let i = 0; i < count; i++) thread.postMessage(new Uint8Array(size));
} else if (kind === "lat") {
  void context.join();
  const reply = new Reply();
  await reply.bind("inproc://bench");
  for (let i = 0; i < count; i++) {
    const [question] = await reply.receive();
    await reply.send(question!);
  }
  await reply.receive({ timeout: 60_000 });
} else {
  void context.join();
  const push = new Push();
  push.connect("inproc://bench");
  const message = new Uint8Array(size);
  if (kind === "given") {
    for (let i = 0; i < count; i++) await push.send(new Uint8Array(size), { transfer: true });
  } else {
    for (let i = 0; i < count; i++) await push.send(message);
  }
}
