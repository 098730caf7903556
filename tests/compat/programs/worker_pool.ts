/**
 * A ROUTER/DEALER worker pool as a user of the native binding wrote it: workers ask for work, the broker hands out
 * tasks and gathers results, and says goodbye.
 */

// deno-lint-ignore no-explicit-any
export async function run(zmq: any): Promise<unknown> {
  const broker = new zmq.Router({ mandatory: true });
  await broker.bind("tcp://127.0.0.1:*");

  const work = async (name: string) => {
    const worker = new zmq.Dealer({ routingId: name });
    worker.connect(broker.lastEndpoint);
    await worker.send(["ready", ""]);
    let done = 0;
    for await (const [kind, task] of worker) {
      if (kind.toString() === "stop") break;
      done++;
      const { number } = JSON.parse(task.toString());
      await worker.send(["result", JSON.stringify({ number, square: number * number })]);
    }
    worker.close();
    return done;
  };
  const workers = Promise.all(["ann", "bob", "cyd"].map(work));

  const tasks = Array.from({ length: 30 }, (_, number) => number);
  const squares: number[] = [];
  const names = new Set<string>();
  let stopped = 0;
  for await (const [id, kind, body] of broker) {
    names.add(id.toString());
    if (kind.toString() === "result") {
      const { number, square } = JSON.parse(body.toString());
      squares[number] = square;
    }
    const next = tasks.shift();
    if (next === undefined) {
      await broker.send([id, "stop"]);
      if (++stopped === 3) break;
    } else await broker.send([id, "task", JSON.stringify({ number: next })]);
  }

  const shares = await workers;
  const unknown = await broker.send(["nobody", "hello"]).catch((error: { code?: string }) => error.code);
  broker.close();
  return { squares, names: [...names].sort(), total: shares.reduce((sum, share) => sum + share, 0), unknown };
}
