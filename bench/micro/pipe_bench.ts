/**
 * Pipes and what stands on them, without a stream: the inbound queue, fair queueing over one pipe and over a
 * hundred, load balancing over as many. One iteration is 1000 messages.
 *
 * @module
 */

import { Frame } from "../../src/message/frame.ts";
import type { Message } from "../../src/message/frame.ts";
import { FairQueue } from "../../src/pattern/fair_queue.ts";
import { LoadBalancer } from "../../src/pattern/load_balancer.ts";
import { Pipe } from "../../src/pipe/pipe.ts";
import type { PipeSink } from "../../src/pipe/pipe.ts";

const MESSAGES = 1000;
const message: Message = [new Frame(100)];

/** A pipe to nowhere: takes all, and what is delivered to it waits to be read. */
class SilentPipe extends Pipe {
  override get hasRoom(): boolean {
    return true;
  }
  override write(): boolean {
    return true;
  }
  override get connected(): boolean {
    return true;
  }
  override get outbound(): number {
    return 0;
  }
  override subscription(): void {}
  override terminate(): void {}
  protected override inboundRelieved(): void {}
}

const deaf: PipeSink = { readActivated() {}, writeActivated() {}, dropped() {} };
const pipe = new SilentPipe(deaf, 0, false);

Deno.bench("a pipe: deliver 1000, read 1000", () => {
  for (let i = 0; i < MESSAGES; i++) pipe.deliver(message);
  for (let i = 0; i < MESSAGES; i++) pipe.read();
});

for (const count of [1, 100]) {
  const queue = new FairQueue();
  const pipes = silentPipes(count, {
    readActivated: (pipe) => void queue.activate(pipe),
    writeActivated() {},
    dropped() {},
  });
  Deno.bench(`fair queue: 1000 messages from ${count}`, () => {
    for (let i = 0; i < MESSAGES; i++) pipes[i % count]!.deliver(message);
    for (let i = 0; i < MESSAGES; i++) {
      if (queue.receive() === undefined) throw new Error(`Only ${i} messages`);
    }
  });

  const balancer = new LoadBalancer();
  for (const pipe of silentPipes(count, deaf)) balancer.activate(pipe);
  Deno.bench(`load balancer: 1000 messages to ${count}`, () => {
    for (let i = 0; i < MESSAGES; i++) {
      if (!balancer.send(message)) throw new Error(`Message ${i} was refused`);
    }
  });
}

function silentPipes(count: number, sink: PipeSink): Pipe[] {
  return Array.from({ length: count }, () => new SilentPipe(sink, 0, false));
}
