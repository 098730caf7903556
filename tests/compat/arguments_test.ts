/**
 * Arguments that are wrong, or more than a double can hold, as zeromq.js takes and refuses them: at the call, so that
 * nothing fails later where nobody can catch it.
 *
 * @module
 */

import process from "node:process";
import { describe } from "@std/testing/bdd";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { failure, type Scope, test, until } from "../interop/scope.ts";
import { loose as zmq } from "../interop/subject.ts";

describe("wrong arguments", () => {
  test("a listener that is no function is a TypeError at once", async (scope) => {
    const socket = scope.own(new zmq.Pair());
    for (const wrong of [undefined, null, "bind", {}]) {
      assertEquals(await thrown(() => socket.events.on("bind", wrong)), "TypeError");
    }
  });

  test("an observer and a proxy take sockets alone, and no more than they need", async (scope) => {
    for (const wrong of [undefined, 5]) {
      const error = await failure(() => new zmq.Observer(wrong));
      assertEquals([error.name, error.message], ["TypeError", "Socket must be a socket object"]);
    }
    const [front, back, third] = [1, 2, 3].map(() => scope.own(new zmq.Dealer()));
    const error = await failure(() => new zmq.Proxy(front, back, third));
    assertEquals([error.name, error.message], ["TypeError", "Expected 2 arguments but received 3"]);
  });

  test("a group is a string or a buffer, and a RADIO must be told one", async (scope) => {
    const dish = scope.draft("Dish");
    const radio = scope.draft("Radio");
    for (const wrong of [undefined, null, 1, {}]) {
      assertEquals(await thrown(() => dish.join(wrong as never)), "TypeError");
      assertEquals(await thrown(() => dish.leave(wrong as never)), "TypeError");
      const sending = await failure(() => radio.send("x", { group: wrong as never }));
      assertEquals(sending.code ?? sending.name, wrong === undefined ? "EINVAL" : "TypeError");
    }
  });

  test("a number of a peer is a number, and a SERVER must be told one", async (scope) => {
    const server = scope.draft("Server");
    for (const wrong of ["1", null, {}]) {
      assertEquals(await thrown(() => server.send("x", { routingId: wrong as never })), "TypeError");
    }
    for (const wrong of [undefined, 0]) {
      assertEquals((await failure(() => server.send("x", { routingId: wrong as never }))).code, "EINVAL");
    }
  });

  test("an option that can only be read is refused by a constructor in the same words everywhere", async () => {
    const cases = [["Dealer", "Socket", "securityMechanism"], [
      "Context",
      "Context",
      "maxSocketsLimit",
    ]] as const;
    for (const [name, owner, option] of cases) {
      const { message } = await failure(() => new zmq[name]({ [option]: 1 }));
      assertStringIncludes(message, `Cannot set property ${option} of #<${owner}> which has only a getter`);
    }
  });
});

describe("64 bits in a number", () => {
  test("is kept as it is, all ones too, and warned of where a double may have rounded it", async (scope) => {
    const warnings = listen(scope);
    const socket = scope.own(new zmq.Dealer());
    for (const bits of [Number.MAX_SAFE_INTEGER, 0xfffffff7fab7fb, 0xffffffffffffffff]) {
      socket.setUint64Option(4, bits);
      assertEquals([socket.getUint64Option(4), socket.affinity], [bits, bits]);
    }
    await until("two warnings", () => warnings.length > 1);
    const warning = "Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.";
    assertEquals(warnings, [warning, warning]);
  });
});

async function thrown(call: () => unknown): Promise<string> {
  return (await failure(call)).name;
}

/** The warnings about values while the test runs. */
function listen(scope: Scope): string[] {
  const warnings: string[] = [];
  const hear = ({ message }: Error) => {
    if (message.startsWith("Value")) warnings.push(message);
  };
  process.on("warning", hear);
  scope.atEnd(() => process.off("warning", hear));
  return warnings;
}
