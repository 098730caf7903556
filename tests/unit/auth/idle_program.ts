/** A program that has an authenticator and a server that asks it, and nothing to do: it ends by itself. */

import { Authenticator, Request } from "../../../mod.ts";

const auth = new Authenticator();
const server = new Request();
server.connect("inproc://zeromq.zap.01");
await server.send(["1.0", "1", "lab", "127.0.0.1", "", "NULL"]);
const [, , status] = await server.receive();
console.log(`${status} ${auth.closed}`);
