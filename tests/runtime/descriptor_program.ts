/**
 * Binds a PULL to an endpoint whose socket is there already, as a service that the system starts on demand. Its
 * arguments: the way, the endpoint, and last the descriptor. It prints what was bound, then the first message.
 */

import process from "node:process";
import { Pull } from "../../mod.ts";

const [way, endpoint, descriptor] = process.argv.slice(-3) as [string, string, string];
const pull = new Pull({ useFileDescriptor: Number(descriptor), linger: 0 });
try {
  if (way === "sync") pull.bindSync(endpoint);
  else await pull.bind(endpoint);
  console.log(`bound ${pull.lastEndpoint}`);
  console.log(`got ${await pull.receive()}`);
} catch (error) {
  console.log(`refused ${(error as { code?: string }).code}`);
}
pull.close();
