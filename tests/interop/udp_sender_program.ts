/**
 * Sends fifty messages to a DISH and ends: `udp_sender_program.ts ENDPOINT close|leave`.
 *
 * @module
 */

import process from "node:process";
import { Radio } from "../../mod.ts";

const [endpoint, closing] = process.argv.slice(2);
const radio = new Radio();
radio.connect(endpoint!);
for (let n = 0; n < 50; n++) await radio.send(String(n), { group: "g" });
if (closing === "close") radio.close();
