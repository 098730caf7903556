/** Runs one of the programs by its name and prints its result: for the leg with the native binding. */

import process from "node:process";
import { zmq } from "../../interop/subject.ts";
import { run as publishSubscribe } from "./publish_subscribe.ts";
import { run as requestReply } from "./request_reply.ts";
import { run as workerPool } from "./worker_pool.ts";

const programs: { readonly [name: string]: (module: unknown) => Promise<unknown> } = {
  request_reply: requestReply,
  publish_subscribe: publishSubscribe,
  worker_pool: workerPool,
};

console.log(JSON.stringify(await programs[process.argv[2]!]!(zmq)));
