/**
 * A program whose listeners throw at every event. It tells the runtime to live with that, as programs may, and then
 * exchanges messages over connections made before and after.
 */

import process from "node:process";
import { loose } from "../interop/subject.ts";

let thrown = 0;
if ("Deno" in globalThis) {
  for (const type of ["error", "unhandledrejection"]) {
    globalThis.addEventListener(type, (event) => {
      thrown++;
      event.preventDefault();
    });
  }
} else process.on("uncaughtException", () => thrown++);

const pull = new loose.Pull({ linger: 0 });
for (const type of ["bind", "accept", "handshake", "disconnect"]) {
  pull.events.on(type, () => {
    throw new Error(`A listener of ${type}`);
  });
}
await pull.bind("tcp://127.0.0.1:*");
for (let i = 0; i < 3; i++) {
  const push = new loose.Push({ linger: 0 });
  push.events.on("handshake", () => {
    throw new Error("A listener on the other side");
  });
  push.connect(pull.lastEndpoint);
  for (let k = 0; k < 10; k++) {
    await push.send(`${i}.${k}`);
    await pull.receive();
  }
  push.close();
}
pull.close();
console.log(`served, and ${thrown} were thrown`);
