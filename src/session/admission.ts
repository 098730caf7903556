/**
 * Who may connect to an endpoint that is bound, and how many: by address, and before their handshake is done.
 * A flood of connections that say nothing must not lock out who has something to say. Of those the oldest goes
 * when one too many comes: an honest handshake takes milliseconds, so the longer one takes, the less it is one.
 *
 * @module
 */

import { ProtocolError, ZmqError } from "../base/errors.ts";
import { addressOf } from "../base/ip_address.ts";

/** What an endpoint allows, live. */
export interface AdmissionRules {
  /** Whether connections from this address are taken. */
  allows(remote: string): boolean;
  /** Most connections that have not done their handshake, 0 for no limit. */
  readonly maxHandshakes: number;
  /** Most connections from one address, 0 for no limit. */
  readonly maxConnectionsPerAddress: number;
}

/** The connections of one endpoint: all by their addresses, and those in their handshake by their age. */
export class Admission<Connection> {
  readonly #rules: AdmissionRules;
  readonly #expire: (connection: Connection, error: ProtocolError) => void;
  /**
   * The address of each, and how many there are of it. One of IPv6 counts whole, though its owner may have 2^64 of them.
   */
  readonly #addresses = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();
  /** Oldest first. */
  readonly #halfOpen = new Set<Connection>();

  /** `expire` ends a connection for which there is no place in the handshake any more. */
  constructor(rules: AdmissionRules, expire: (connection: Connection, error: ProtocolError) => void) {
    this.#rules = rules;
    this.#expire = expire;
  }

  /** Those in their handshake. */
  get halfOpen(): ReadonlySet<Connection> {
    return this.#halfOpen;
  }

  /**
   * A connection from this address (`"127.0.0.1:40312"`). Answers why it is to be closed, and then knows nothing of
   * it: EACCES. (EMFILE is the system's word for a process that has run out of descriptors, which is another thing.)
   */
  enter(connection: Connection, remote: string): ZmqError | undefined {
    const { maxConnectionsPerAddress } = this.#rules;
    if (!this.#rules.allows(remote)) return new ZmqError("EACCES", `No accept filter allows ${remote}`);
    const address = addressOf(remote);
    const count = this.#counts.get(address) ?? 0;
    if (maxConnectionsPerAddress > 0 && count >= maxConnectionsPerAddress) {
      return new ZmqError(
        "EACCES",
        `${address} has ${count} connections, of ${maxConnectionsPerAddress} allowed`,
      );
    }
    this.#counts.set(address, count + 1);
    this.#addresses.set(connection, address);
    this.#halfOpen.add(connection);
    this.#makeRoom();
    return undefined;
  }

  /** It has done its handshake. */
  done(connection: Connection): void {
    this.#halfOpen.delete(connection);
  }

  /** It is over, or somebody else's. */
  leave(connection: Connection): void {
    const address = this.#addresses.get(connection);
    if (address === undefined) return;
    this.#addresses.delete(connection);
    this.#halfOpen.delete(connection);
    const count = this.#counts.get(address)!;
    if (count === 1) this.#counts.delete(address);
    else this.#counts.set(address, count - 1);
  }

  /** The newest stays: there is room for one at least. */
  #makeRoom(): void {
    const { maxHandshakes } = this.#rules;
    while (maxHandshakes > 0 && this.#halfOpen.size > maxHandshakes) {
      const [oldest] = this.#halfOpen;
      this.#halfOpen.delete(oldest!);
      this.#expire(
        oldest!,
        new ProtocolError(
          "ERR_ZMTP_HALF_OPEN",
          `Of ${maxHandshakes + 1} connections in their handshake the oldest, and ${maxHandshakes} may be`,
        ),
      );
    }
  }
}
