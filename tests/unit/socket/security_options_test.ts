/**
 * The options of security on every class, by `zmq_setsockopt(3)` of libzmq 4.3.5 and its `options.cpp`: which
 * mechanism they choose, what they take and what they read. Keys can be read here, as in libzmq; zeromq.js's getters
 * throw.
 */

import { assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import {
  assignOptions,
  defineOptions,
  optionClosed,
  optionValues,
} from "../../../src/socket/option_access.ts";
import { getSocketOption, setSocketOption } from "../../../src/socket/option_numbers.ts";
import { type SocketName, socketOptionsOf } from "../../../src/socket/option_table.ts";
import { SocketOptionValues } from "../../../src/socket/option_values.ts";
import { SECURITY_OPTIONS } from "../../../src/socket/security_options.ts";
import { SECURITY_OPTIONS as OF_PAGES } from "../../../src/socket/security_options_web.ts";

const CLASSES: readonly SocketName[] = [
  "Pair",
  "Publisher",
  "Subscriber",
  "Request",
  "Reply",
  "Dealer",
  "Router",
  "Pull",
  "Push",
  "XPublisher",
  "XSubscriber",
  "Stream",
  "Server",
  "Client",
  "Radio",
  "Dish",
  "Gather",
  "Scatter",
  "Datagram",
  "Peer",
  "Channel",
];

// The server's and the client's pair of RFC 26's implementations: tests/test_security_curve.cpp of libzmq.
const PUBLIC = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const SECRET = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
const SERVER = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
const NULL = [null, false, false];

describe("options of security: the mechanism is a side effect, and the last setter wins", () => {
  for (const name of CLASSES) {
    it(`${name}: plain and curve, server and client`, () => {
      const socket = make(name);
      assertEquals(mechanism(socket), NULL);
      const steps: [property: string, value: unknown, mechanism: unknown[], asServer: boolean][] = [
        ["plainServer", true, ["plain", true, false], true],
        ["plainServer", false, NULL, false],
        ["plainUsername", "name", ["plain", false, false], false],
        ["plainUsername", null, NULL, false],
        ["plainServer", true, ["plain", true, false], true],
        ["plainPassword", "word", ["plain", false, false], false],
        ["plainServer", true, ["plain", true, false], true],
        ["plainPassword", null, NULL, true],
        ["curveServer", true, ["curve", false, true], true],
        // Neither key says who is the server, but that of the server does.
        ["curveSecretKey", SECRET, ["curve", false, true], true],
        ["curvePublicKey", PUBLIC, ["curve", false, true], true],
        ["curveServerKey", SERVER, ["curve", false, false], false],
        ["plainServer", true, ["plain", true, false], true],
        ["curveSecretKey", SECRET, ["curve", false, true], true],
        ["plainUsername", "name", ["plain", false, false], false],
        ["curvePublicKey", PUBLIC, ["curve", false, false], false],
        ["plainServer", false, NULL, false],
        ["curveServer", true, ["curve", false, true], true],
        ["curveServer", false, NULL, false],
      ];
      for (const [property, value, expected, asServer] of steps) {
        socket[property] = value;
        assertEquals([property, ...mechanism(socket)], [property, ...expected]);
        assertEquals([property, socket[optionValues].asServer], [property, asServer]);
      }
    });

    it(`${name}: has the numbers of zmq.h`, () => {
      const numbers = new Set(socketOptionsOf(name).map(({ id }) => id));
      assertEquals([43, 44, 45, 46, 47, 48, 49, 50, 55, 93].filter((id) => !numbers.has(id)), []);
    });
  }

  it("of an object of options, by its order", () => {
    const server = { curveSecretKey: SECRET, curveServer: true };
    const turned = { curveServer: true, curveSecretKey: SECRET };
    for (const given of [server, turned]) {
      assertEquals(mechanism(make("Push", given)), ["curve", false, true]);
    }
    assertEquals(mechanism(make("Push", { ...server, plainUsername: "x" })), ["plain", false, false]);
    assertEquals(mechanism(make("Push", { plainUsername: "x", ...server })), ["curve", false, true]);
    const client = { curveServerKey: SERVER, curvePublicKey: PUBLIC, curveSecretKey: SECRET };
    assertEquals(mechanism(make("Push", client)), ["curve", false, false]);
    assertEquals(mechanism(make("Push", { ...client, plainServer: false })), NULL);
  });

  it("what is refused changes neither value nor mechanism", () => {
    const socket = make("Pull", { curveServer: true, curveSecretKey: SECRET });
    refused(() => socket.plainUsername = "");
    refused(() => socket.curveServerKey = PUBLIC.slice(1));
    refused(() => socket.curveSecretKey = "x");
    assertThrows(() => socket.plainServer = 0, TypeError, "Option value must be a boolean");
    assertThrows(() => socket.curveServer = 1, TypeError, "Option value must be a boolean");
    assertEquals([...mechanism(socket), socket.curveSecretKey], ["curve", false, true, SECRET]);
  });
});

describe("options of security: PLAIN", () => {
  for (const property of ["plainUsername", "plainPassword"]) {
    it(`${property} is 1 to 255 octets of text, kept when null turns PLAIN off`, () => {
      const socket = make("Dealer");
      for (const value of ["a", "x".repeat(255), "ü".repeat(127), "\ufeffmark", "a\0b"]) {
        socket[property] = value;
        assertEquals(socket[property], value);
        socket[property] = new TextEncoder().encode(value);
        assertEquals(socket[property], value);
      }
      socket[property] = null;
      assertEquals([socket[property], socket.securityMechanism], ["a\0b", null]);
      for (const value of ["", new Uint8Array(0), "x".repeat(256), "ü".repeat(128), Uint8Array.of(255)]) {
        refused(() => socket[property] = value);
      }
      for (const value of [1, undefined, {}, true]) {
        assertThrows(() => socket[property] = value, TypeError, "Option value must be a string or buffer");
      }
      assertEquals([socket[property], socket.securityMechanism], ["a\0b", null]);
    });
  }

  it("no error shows a password or a key", () => {
    const socket = make("Dealer");
    const secret = "s3cr3t".repeat(50);
    for (const property of ["plainPassword", "plainUsername", "curveSecretKey"]) {
      const { message } = refused(() => socket[property] = secret);
      assertEquals(message.includes("s3cr3t"), false);
      assertEquals(message.includes("300 octets"), true);
    }
  });
});

describe("options of security: keys of CURVE", () => {
  for (const property of ["curvePublicKey", "curveSecretKey", "curveServerKey"]) {
    it(`${property} is Z85 or 32 octets, and reads as Z85 (CU-21)`, () => {
      const socket = make("Dealer");
      socket[property] = PUBLIC;
      assertEquals(socket[property], PUBLIC);
      const octets = valueOf(socket, property);
      assertEquals(octets.length, 32);
      for (const value of [octets, new TextEncoder().encode(PUBLIC), new DataView(octets.slice().buffer)]) {
        socket[property] = SERVER;
        socket[property] = value;
        assertEquals(socket[property], PUBLIC);
      }
      assertNotStrictEquals(valueOf(socket, property), octets);
    });

    it(`${property} is nothing else (CU-21)`, () => {
      const socket = make("Dealer");
      const wrong = [
        "",
        new Uint8Array(0),
        PUBLIC.slice(1),
        `${PUBLIC}0`,
        `${PUBLIC}\0`,
        "x".repeat(32),
        new Uint8Array(31),
        new Uint8Array(33),
        new Uint8Array(40),
        PUBLIC.replace("r", "~"),
        PUBLIC.replace("r", " "),
        PUBLIC.replace("r", "ü").slice(0, 39),
        // More than 2^32 - 1.
        "#".repeat(40),
      ];
      for (const value of wrong) refused(() => socket[property] = value);
      for (const value of [1, undefined, {}, true]) {
        assertThrows(() => socket[property] = value, TypeError, "Option value must be a string or buffer");
      }
      assertEquals([socket[property], socket.securityMechanism], [null, null]);
    });

    it(`${property}: null removes a key and with it CURVE; where there is none it changes nothing`, () => {
      const socket = make("Dealer", { [property]: PUBLIC });
      socket[property] = null;
      assertEquals([socket[property], socket.securityMechanism], [null, null]);
      socket.curveServer = true;
      socket[property] = null;
      assertEquals(mechanism(socket), ["curve", false, true]);
      socket[property] = PUBLIC;
      socket.plainUsername = "x";
      socket[property] = null;
      assertEquals([socket[property], socket.securityMechanism], [null, "plain"]);
    });
  }
});

describe("options of security: the domain of ZAP (RFC 27)", () => {
  it("is 1 to 255 octets of text, and cannot be removed (ZA-10)", () => {
    const socket = make("Router");
    for (const value of ["global", "x".repeat(255), "ü".repeat(127)]) {
      socket.zapDomain = value;
      assertEquals([socket.zapDomain, socket.securityMechanism], [value, null]);
    }
    for (const value of ["", null, "x".repeat(256), "ü".repeat(128), new Uint8Array(0)]) {
      refused(() => socket.zapDomain = value);
    }
    assertEquals(socket.zapDomain, "ü".repeat(127));
    assertThrows(() => socket.zapDomain = 1, TypeError, "Option value must be a string or buffer");
  });
});

describe("options of security: by number", () => {
  it("the mechanism is 0, 1 or 2 and has no setter", () => {
    const socket = make("Dealer");
    const number = () => getSocketOption(socket, "Dealer", 43, "int32");
    const found = [number()];
    socket.plainServer = true;
    found.push(number());
    socket.curveServer = true;
    found.push(number());
    assertEquals(found, [0, 1, 2]);
    assertEquals(getSocketOption(socket, "Dealer", 43, "bool"), true);
    refused(() => setSocketOption(socket, "Dealer", 43, "int32", 1));
    refused(() => getSocketOption(socket, "Dealer", 43, "string"));
    assertEquals(socket.securityMechanism, "curve");
  });

  it("servers are ints and bools, names and keys are text", () => {
    const socket = make("Dealer");
    setSocketOption(socket, "Dealer", 44, "int32", 1);
    assertEquals(getSocketOption(socket, "Dealer", 44, "bool"), true);
    setSocketOption(socket, "Dealer", 47, "bool", true);
    assertEquals([44, 47].map((id) => getSocketOption(socket, "Dealer", id, "int32")), [0, 1]);
    refused(() => setSocketOption(socket, "Dealer", 47, "int32", 2));
    const texts: [number, string][] = [[45, "n"], [46, "w"], [48, PUBLIC], [49, SECRET], [50, SERVER], [
      55,
      "d",
    ]];
    for (const [id, text] of texts) {
      setSocketOption(socket, "Dealer", id, "string", text);
      assertEquals(getSocketOption(socket, "Dealer", id, "string"), text);
      refused(() => getSocketOption(socket, "Dealer", id, "int32"));
    }
    setSocketOption(socket, "Dealer", 93, "bool", true);
    assertEquals(getSocketOption(socket, "Dealer", 93, "int32"), 1);
  });
});

describe("options of security: in a page", () => {
  it("only the mechanism is known, which is none", () => {
    assertEquals(OF_PAGES.map(({ name }) => name), ["securityMechanism"]);
    assertEquals(OF_PAGES[0]!.read(new SocketOptionValues({ blocky: true, ipv6: false })), null);
    assertEquals(SECURITY_OPTIONS.filter(({ hidden }) => !hidden).length, 13);
  });
});

class Host {
  readonly [optionValues] = new SocketOptionValues({ blocky: true, ipv6: false });
  readonly [optionClosed] = false;
}
defineOptions(Host.prototype, "Socket");

function make(name: SocketName, given?: unknown): Host & Record<string, unknown> {
  const host = { [name]: class extends Host {} }[name]!;
  defineOptions(host.prototype, name);
  const socket = new host();
  assignOptions(socket, given);
  return socket as Host & Record<string, unknown>;
}

function mechanism(socket: Record<string, unknown>): unknown[] {
  return [socket.securityMechanism, socket.plainServer, socket.curveServer];
}

function valueOf(socket: Host, property: string): Uint8Array {
  return (socket[optionValues] as unknown as Record<string, Uint8Array>)[property]!;
}

function refused(action: () => unknown): ZmqError {
  const error = assertThrows(action, ZmqError) as ZmqError;
  assertEquals(error.code, "EINVAL");
  return error;
}
