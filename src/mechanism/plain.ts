/**
 * The PLAIN mechanism (RFC 24): the client says a user name and a password in the clear, the server asks its
 * authentication handler about them, and only then both tell their metadata. HELLO, WELCOME, INITIATE, READY.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { decodeMetadata, encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import type { HandshakeCommand, Mechanism } from "./mechanism.ts";
import { unexpected } from "./unexpected.ts";
import type { Inquiry } from "./zap.ts";

type Properties = readonly (readonly [string, Uint8Array])[];

/** The side that says who it is. */
export class PlainClient implements Mechanism {
  readonly name = "PLAIN";
  readonly refuses = false;
  readonly #properties: Properties;
  readonly #username: Uint8Array;
  readonly #password: Uint8Array;
  /** The command that is due: HELLO and INITIATE from us, WELCOME and READY from the server. */
  #due: "HELLO" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO";
  #peer: Metadata | undefined;

  /** User name and password: 0 to 255 octets each, whatever they are. */
  constructor(properties: Properties, username: Uint8Array, password: Uint8Array) {
    this.#properties = properties;
    this.#username = username;
    this.#password = password;
  }

  get peer(): Metadata | undefined {
    return this.#peer;
  }

  get done(): boolean {
    return this.#peer !== undefined;
  }

  nextCommand(): HandshakeCommand | undefined {
    switch (this.#due) {
      case "HELLO":
        this.#due = "WELCOME";
        return { name: "HELLO", data: credentials(this.#username, this.#password) };
      case "INITIATE":
        this.#due = "READY";
        return { name: "INITIATE", data: encodeMetadata(this.#properties) };
      default:
        return undefined;
    }
  }

  processCommand(name: string, data: Uint8Array): void {
    const due = this.#due;
    // Until it turns out to be in order: after a refusal nothing is.
    this.#due = undefined;
    if (name === "WELCOME" && due === "WELCOME") {
      if (data.length > 0) {
        throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", "A WELCOME with data (RFC 24)");
      }
      this.#due = "INITIATE";
    } else if (name === "READY" && due === "READY") {
      this.#peer = metadataOf(data, "READY");
    } else {
      throw unexpected(name, due === "WELCOME" || due === "READY" ? due : undefined, "RFC 24, PLAIN client");
    }
  }

  end(): void {
    this.#due = undefined;
  }
}

/** The side that lets in. */
export class PlainServer implements Mechanism {
  readonly name = "PLAIN";
  readonly refuses = true;
  readonly #properties: Properties;
  /** The command that is due: HELLO and INITIATE from the client, WELCOME and READY from us. */
  #due: "HELLO" | "handler" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO";
  #credentials: readonly Uint8Array[] | undefined;
  #peer: Metadata | undefined;
  #done = false;

  constructor(properties: Properties) {
    this.#properties = properties;
  }

  get peer(): Metadata | undefined {
    return this.#peer;
  }

  get done(): boolean {
    return this.#done;
  }

  inquiry(): Inquiry | undefined {
    const credentials = this.#credentials;
    if (credentials === undefined) return undefined;
    this.#credentials = undefined;
    return { mechanism: "PLAIN", credentials };
  }

  authenticated(): void {
    // A word about somebody else, or a second one, opens no door.
    if (this.#due === "handler" && this.#credentials === undefined) this.#due = "WELCOME";
  }

  nextCommand(): HandshakeCommand | undefined {
    switch (this.#due) {
      case "WELCOME":
        this.#due = "INITIATE";
        return { name: "WELCOME", data: EMPTY };
      case "READY":
        this.#due = undefined;
        this.#done = true;
        return { name: "READY", data: encodeMetadata(this.#properties) };
      default:
        return undefined;
    }
  }

  processCommand(name: string, data: Uint8Array): void {
    const due = this.#due;
    try {
      if (name === "HELLO" && due === "HELLO") {
        this.#credentials = readCredentials(data);
        this.#due = "handler";
      } else if (name === "INITIATE" && due === "INITIATE") {
        this.#peer = metadataOf(data, "INITIATE");
        this.#due = "READY";
      } else {
        throw unexpected(
          name,
          due === "HELLO" || due === "INITIATE" ? due : undefined,
          "RFC 24, PLAIN server",
        );
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    for (const octets of this.#credentials ?? []) octets.fill(0);
    this.#credentials = undefined;
    this.#due = undefined;
    // A handshake that is done stays done; one that is not never will be.
    if (!this.#done) this.#peer = undefined;
  }
}

/** Both with an octet of length before them. */
function credentials(username: Uint8Array, password: Uint8Array): Uint8Array {
  const data = new Uint8Array(2 + username.length + password.length);
  data[0] = username.length;
  data.set(username, 1);
  data[1 + username.length] = password.length;
  data.set(password, 2 + username.length);
  return data;
}

/** Copies of user name and password, octet for octet: a handler may compare all of them, NUL included. */
function readCredentials(data: Uint8Array): Uint8Array[] {
  const read: Uint8Array[] = [];
  let at = 0;
  while (read.length < 2) {
    // Where the octet of length is missing, any length is too long.
    const end = at + 1 + (data[at] ?? 255);
    if (end > data.length) throw malformedHello("cut short");
    read.push(data.slice(at + 1, end));
    at = end;
  }
  if (at !== data.length) throw malformedHello("with more than user name and password");
  return read;
}

function malformedHello(how: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_HELLO", `A HELLO ${how} (RFC 24)`);
}

function metadataOf(data: Uint8Array, command: "INITIATE" | "READY"): Metadata {
  const metadata = decodeMetadata(data);
  if (metadata !== undefined) return metadata;
  throw new ProtocolError(
    `ERR_ZMTP_MALFORMED_COMMAND_${command}`,
    `${command} with malformed metadata (RFC 24)`,
  );
}
