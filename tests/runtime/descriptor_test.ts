/**
 * `useFileDescriptor` (ZMQ_USE_FD): a program that inherits a socket which is listened on already, as systemd and inetd
 * start one, and `typeOfService`, where the runtime can set it.
 */

import { spawn } from "node:child_process";
import { Socket } from "node:net";
import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Pull, Push } from "../../mod.ts";
import { failure, Scope, test, within } from "../interop/scope.ts";
import { itNeeds, programCommand, toolPath } from "../support/legs.ts";

/** Listens by TCP, or where its first argument says, and becomes the program in the others, and the descriptor. */
const STARTER = `
import os, socket, sys
where = sys.argv[1]
if where:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
else:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
listener.listen(8)
print("listening", where or listener.getsockname()[1], flush=True)
descriptor = listener.fileno()
os.set_inheritable(descriptor, True)
os.execv(sys.argv[2], sys.argv[2:] + [str(descriptor)])
`;

/** What the started program printed. */
interface Started {
  /** The port or the path. */
  readonly where: string;
  line(): Promise<string>;
}

describe("useFileDescriptor", () => {
  inherits("tcp", "tcp://127.0.0.1:*", "async", (where) => `tcp://127.0.0.1:${where}`);
  inherits("ipc", "ipc://", "async", (where) => `ipc://${where}`);
  inherits("ws", "ws://127.0.0.1:*/p", "async", (where) => `ws://127.0.0.1:${where}/p`);

  itNeeds(["python"], "by bindSync it is Node's alone, and ENOTSUP on Deno and Bun", async () => {
    await scoped(async (scope) => {
      const { where, line } = await start(scope, "tcp", "tcp://127.0.0.1:*", "sync");
      const onNode = !("Deno" in globalThis || "Bun" in globalThis);
      assertEquals(await line(), onNode ? `bound tcp://127.0.0.1:${where}` : "refused ENOTSUP");
    });
  });

  itNeeds(["python"], "a socket of another kind than the endpoint is EINVAL", async () => {
    await scoped(async (scope) => {
      const { line } = await start(scope, "ipc", "tcp://127.0.0.1:*", "async");
      assertEquals(await line(), "refused EINVAL");
    });
  });

  test("a descriptor that is no socket, or is not there, rejects bind", async (scope) => {
    for (const useFileDescriptor of [0x7fffffff, 12345]) {
      const pull = scope.own(new Pull({ useFileDescriptor }));
      assertEquals(typeof (await failure(() => pull.bind("tcp://127.0.0.1:*"))).code, "string");
      assertEquals(pull.lastEndpoint, null);
    }
  });

  test("wss:// is ENOTSUP, and ipc://* EINVAL, for its path is made up", async (scope) => {
    const wssKeyPem = "key";
    const pull = scope.own(new Pull({ useFileDescriptor: 3, wssKeyPem, wssCertPem: "certificate" }));
    assertEquals((await failure(() => pull.bind("wss://127.0.0.1:*/"))).code, "ENOTSUP");
    assertEquals((await failure(() => pull.bind("ipc://*"))).code, "EINVAL");
  });
});

describe("typeOfService", () => {
  const prototype = Socket.prototype as unknown as Marking;
  if (typeof prototype.setTypeOfService === "function" && !("Deno" in globalThis)) {
    test("is set on both ends of a TCP connection", async (scope) => {
      const original = prototype.setTypeOfService;
      const found: number[] = [];
      prototype.setTypeOfService = function (this: Marking, octet: number): unknown {
        const result = original.call(this, octet);
        found.push(this.getTypeOfService());
        return result;
      };
      scope.atEnd(() => prototype.setTypeOfService = original);
      const pull = scope.own(new Pull({ typeOfService: 0x10 }));
      const push = scope.own(new Push({ typeOfService: 0x120, linger: 0 }));
      await pull.bind("tcp://127.0.0.1:*");
      push.connect(pull.lastEndpoint!);
      await push.send("marked");
      await pull.receive();
      assertEquals(found.sort(), [0x10, 0x20]);
    });
  } else {
    it("is kept where the runtime cannot set it, and messages go all the same", async () => {
      const pull = new Pull({ typeOfService: 0x10 });
      const push = new Push({ typeOfService: 0x10 });
      await pull.bind("tcp://127.0.0.1:*");
      push.connect(pull.lastEndpoint!);
      await push.send("unmarked");
      assertEquals(String((await pull.receive())[0]), "unmarked");
      assertEquals(push.typeOfService, 0x10);
      push.close();
      pull.close();
    });
  }
});

/** Node's way to the header, where it has one. */
interface Marking {
  setTypeOfService(octet: number): unknown;
  getTypeOfService(): number;
}

function inherits(
  kind: "tcp" | "ipc" | "ws",
  endpoint: string,
  way: "async" | "sync",
  name: (where: string) => string,
): void {
  itNeeds(["python"], `${kind}: bind takes over the socket that is listened on`, async () => {
    await scoped(async (scope) => {
      const { where, line } = await start(scope, kind, endpoint, way);
      assertEquals(await line(), `bound ${name(where)}`);
      const push = scope.own(new Push({ linger: 0 }));
      push.connect(name(where));
      await push.send("by the inherited socket");
      assertEquals(await line(), "got by the inherited socket");
    });
  });
}

async function start(scope: Scope, kind: string, endpoint: string, way: string): Promise<Started> {
  const path = kind === "ipc" ? scope.path() : "";
  const { command, args } = programCommand(new URL("./descriptor_program.ts", import.meta.url), way);
  const bound = endpoint === "ipc://" ? `ipc://${path}` : endpoint;
  const child = spawn(toolPath("python")!, ["-c", STARTER, path, command, ...args, bound], {
    stdio: ["ignore", "pipe", "inherit"],
    env: process.env,
  });
  scope.program(child);
  const lines: string[] = [];
  let rest = "";
  let wake = () => {};
  child.stdout.on("data", (chunk: Uint8Array) => {
    const all = (rest + new TextDecoder().decode(chunk)).split("\n");
    rest = all.pop()!;
    lines.push(...all);
    wake();
  });
  const line = (): Promise<string> => {
    const next = async () => {
      while (lines.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return lines.shift()!;
    };
    return within(next(), 10_000, "a line of the program");
  };
  return { where: (await line()).slice("listening ".length), line };
}

async function scoped(body: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    await body(scope);
  } finally {
    await scope.end();
  }
}
