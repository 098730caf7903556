/** A process of its own: pushes so many messages to where it is told, and ends when they have gone. */

import process from "node:process";
import { Push } from "../../mod.ts";

const [address, count] = process.argv.slice(2);
const push = new Push();
push.connect(address!);
for (let number = 0; number < Number(count); number++) await push.send(`number ${number}`);
push.close();
