/** The shortest program that has a socket of ours: import, bind, close. @module */

import { Reply } from "../../mod.ts";

const reply = new Reply();
await reply.bind("tcp://127.0.0.1:*");
reply.close();
