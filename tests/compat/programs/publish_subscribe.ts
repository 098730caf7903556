/**
 * A PUB/SUB pair with `for await`, as a user of the native binding wrote it: two subscribers by topic, one that
 * changes its mind.
 */

// deno-lint-ignore no-explicit-any
export async function run(zmq: any): Promise<unknown> {
  const pub = new zmq.XPublisher({ verbosity: "allSubsUnsubs" });
  await pub.bind("tcp://127.0.0.1:*");

  const cats = new zmq.Subscriber();
  cats.connect(pub.lastEndpoint);
  cats.subscribe("kitty cats", "stop");
  const all = new zmq.Subscriber({ linger: 0 });
  all.connect(pub.lastEndpoint);
  all.subscribe();

  const follow = async (sub: AsyncIterable<Uint8Array[]>) => {
    const heard: string[] = [];
    for await (const [topic, msg] of sub) {
      heard.push(`${topic}: ${msg}`);
      if (topic!.toString() === "stop") break;
    }
    return heard;
  };
  const heard = Promise.all([follow(cats), follow(all)]);

  const notices: string[] = [];
  while (notices.length < 3) notices.push((await pub.receive())[0].toString());
  await pub.send(["kitty cats", "meow!"]);
  await pub.send(["dogs", "woof"]);
  await pub.send(["kitty", "too short"]);
  await pub.send(["kitty cats and more", ""]);
  await pub.send(["stop", "now"]);
  const [byTopic, everything] = await heard;

  cats.unsubscribe("kitty cats");
  notices.push((await pub.receive())[0].toString());
  pub.close();
  cats.close();
  all.close();
  return { byTopic, everything, notices: notices.sort() };
}
