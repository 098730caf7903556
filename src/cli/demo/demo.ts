/**
 * Every pattern over every transport, live, and a table of what was exchanged. Both ends of each exchange are in
 * this one process; `perf` and the bench measure between two.
 *
 * Every message that is sent is counted where it arrives. The exit code is 1 if one is missing, double or out of
 * order.
 *
 * @module
 */

import { runtime } from "../host.ts";
import { type Exchange, EXCHANGES, type Transport } from "./exchanges.ts";
import { begin, finish, follow, heading, row } from "./screen.ts";
import { type Outcome, Stage } from "./stage.ts";

/** How long each exchange sends: twenty of them make about 15 seconds. */
const MILLISECONDS = 650;

/** An exchange that is not over by then never will be. */
const LIMIT = 10_000;

const ADDRESSES: { readonly [transport in Transport]: string } = {
  tcp: "tcp://127.0.0.1:*",
  ipc: "ipc://*",
  inproc: "inproc://demo",
};

/** Performs all of them; answers the exit code. */
export async function perform(): Promise<number> {
  const start = performance.now();
  begin(`ZeroMQ in TypeScript on ${runtime()}: every pattern over every transport`);
  const outcomes: Outcome[] = [];
  for (const exchange of EXCHANGES) {
    heading(exchange.pattern, exchange.cast);
    for (const transport of exchange.transports) outcomes.push(await exhibit(exchange, transport));
  }
  await finish(outcomes, (performance.now() - start) / 1000);
  return outcomes.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

async function exhibit(exchange: Exchange, transport: Transport): Promise<Outcome> {
  const stage = new Stage();
  const stop = follow(transport, stage, MILLISECONDS);
  let limit: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    limit = setTimeout(() => {
      stage.fault(`not over after ${LIMIT / 1000} s`);
      resolve();
    }, LIMIT);
  });
  const run = exchange.run(stage, ADDRESSES[transport], MILLISECONDS).catch((error) =>
    stage.fault(String(error))
  );
  await Promise.race([run, late]);
  clearTimeout(limit);
  const outcome = await stage.end();
  stop();
  row(transport, outcome);
  return outcome;
}
