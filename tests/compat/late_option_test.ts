/**
 * The warning of zeromq.js for an option that is set when the socket is bound or connected already, so that it counts
 * only at the next bind or connect.
 *
 * @module
 */

import process from "node:process";
import { describe } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { elapse, type Scope, strictTest, test, until } from "../interop/scope.ts";
import { loose as zmq } from "../interop/subject.ts";

const WARNING = "Socket option will not take effect until next connect/bind.";

describe("an option set late", () => {
  test("warns each time while the socket is connected, by name and by number", async (scope) => {
    const warnings = listen(scope);
    const dealer = scope.own(new zmq.Dealer({ linger: 0, backlog: 5 }));
    dealer.backlog = 6;
    dealer.connect("tcp://127.0.0.1:1");
    dealer.backlog = 7;
    dealer.setInt32Option(19, 8);
    dealer.ipv6 = true;
    dealer.routingId = "late";
    await until("four warnings", () => warnings.length >= 4);
    dealer.disconnect("tcp://127.0.0.1:1");
    dealer.backlog = 9;
    await elapse(20);
    assertEquals(warnings, [WARNING, WARNING, WARNING, WARNING]);
    assertEquals([dealer.backlog, dealer.routingId], [9, "late"]);
  });

  test("warns while the socket is bound, and no more when that is over", async (scope) => {
    const warnings = listen(scope);
    const pull = scope.own(new zmq.Pull());
    await pull.bind("tcp://127.0.0.1:*");
    pull.maxMessageSize = 100;
    await until("a warning", () => warnings.length > 0);
    await pull.unbind(pull.lastEndpoint);
    pull.maxMessageSize = 200;
    await elapse(20);
    assertEquals(warnings, [WARNING]);
  });

  test("does not warn if it counts at once", async (scope) => {
    const warnings = listen(scope);
    const sockets = {
      Dealer: { linger: 0, sendHighWaterMark: 5, receiveHighWaterMark: 5, sendTimeout: 5, receiveTimeout: 5 },
      Router: { mandatory: true, probeRouter: true, handover: true },
      Request: { correlate: true, relaxed: true },
      XPublisher: { verbosity: "allSubsUnsubs" },
    };
    for (const [name, options] of Object.entries(sockets)) {
      const socket = scope.own(new zmq[name]({ linger: 0 }));
      socket.connect("tcp://127.0.0.1:1");
      Object.assign(socket, options);
    }
    const sub = scope.own(new zmq.Subscriber());
    sub.connect("tcp://127.0.0.1:1");
    sub.subscribe("a");
    sub.unsubscribe("a");
    await elapse(20);
    assertEquals(warnings, []);
  });

  strictTest(
    "does not warn of what libzmq applies at once, where the native binding says otherwise",
    async (scope) => {
      const warnings = listen(scope);
      const sockets = {
        XPublisher: { noDrop: true, manual: true, welcomeMessage: "hi", invertMatching: true },
        Subscriber: { invertMatching: true },
        Stream: { notify: false },
      };
      for (const [name, options] of Object.entries(sockets)) {
        const socket = scope.own(new zmq[name]({ linger: 0 }));
        socket.connect("tcp://127.0.0.1:1");
        Object.assign(socket, options);
      }
      await elapse(20);
      assertEquals(warnings, []);
    },
  );

  strictTest("does not warn of a value that is refused", async (scope) => {
    const warnings = listen(scope);
    const dealer = scope.own(new zmq.Dealer({ linger: 0 }));
    dealer.connect("tcp://127.0.0.1:1");
    try {
      dealer.backlog = -1;
    } catch {
      // EINVAL, and nothing was changed.
    }
    await elapse(20);
    assertEquals(warnings, []);
  });
});

/** What is said of options from now on. */
function listen(scope: Scope): string[] {
  const warnings: string[] = [];
  const hear = ({ message }: Error) => {
    if (message.startsWith("Socket option")) warnings.push(message);
  };
  process.on("warning", hear);
  scope.atEnd(() => process.off("warning", hear));
  return warnings;
}
