/**
 * `Socket` as programs know it, that finds each type by its number. With it all classes are there, complete
 * from the start. A bundler for browsers takes `any_socket_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

import { SOCKET_TYPES } from "../pattern/types.ts";
import * as drafts from "./draft_sockets.ts";
import { classOf } from "./class_of.ts";
import { numberOf } from "./socket_types.ts";
import * as classics from "./sockets.ts";

export { Socket } from "./socket.ts";

const classes = { ...classics, ...drafts };
for (const type of Object.values(SOCKET_TYPES)) numberOf(type, classes[classOf(type.name)]);
