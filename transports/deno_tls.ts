/**
 * Deno's TLS for `deno.ts`. Connections have their handshake done before anybody else sees them: Deno would do it
 * with the first read, where a wrong certificate is an error of an open connection.
 *
 * Deno 2.9 closes the system's socket of an unfinished handshake only when the peer leaves, however often it is
 * closed here. Its `node:tls`, which does better, reads on without bound while it is paused, which is worse.
 *
 * @module
 */

import type { StreamAddress, StreamSettings } from "../src/io/stream.ts";
import type { Address, Connection } from "./deno_stream.ts";
import { systemError } from "./system.ts";
import { certified, inTime, trusting, unusable } from "./tls.ts";

/** A connection whose handshake may still be to do. */
export interface TlsConnection extends Connection {
  handshake(): Promise<unknown>;
}

interface Listener {
  readonly addr: Address;
  accept(): Promise<TlsConnection>;
  close(): void;
  unref(): void;
}

declare const Deno: {
  listenTls(options: { [name: string]: unknown }): Listener;
  startTls(connection: Connection, options: { [name: string]: unknown }): Promise<TlsConnection>;
};

/** The codes that Node and Bun have for what Deno says in words of its own. */
const REFUSALS: readonly (readonly [words: string, code: string])[] = [
  ["not valid for name", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["UnknownIssuer", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["Expired", "CERT_HAS_EXPIRED"],
  ["NotValidYet", "CERT_NOT_YET_VALID"],
  ["Revoked", "CERT_REVOKED"],
];

/** Speaks TLS from here on; `connection` is used up, and closed if that fails. */
export async function secure(
  connection: Connection,
  { host }: StreamAddress,
  settings: StreamSettings,
  signal: AbortSignal,
): Promise<Connection> {
  const { trust, serverName } = trusting(settings);
  let secured: TlsConnection;
  try {
    // Now, because what comes back has no such methods.
    connection.setNoDelay?.(true);
    if (settings.keepAlive !== -1) connection.setKeepAlive?.(settings.keepAlive === 1);
    secured = await Deno.startTls(connection, {
      hostname: serverName ?? host,
      caCerts: trust ? [trust] : [],
    });
  } catch (error) {
    throw tlsError(error);
  }
  const giveUp = (): void => close(secured);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await shake(secured, settings);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  return secured;
}

/** The handshake, with an end in any case; the connection is closed if it fails. */
export async function shake(
  connection: TlsConnection,
  settings: StreamSettings,
  unref?: (timer: never) => void,
): Promise<void> {
  try {
    await inTime(connection.handshake(), settings, () => close(connection), unref);
  } catch (error) {
    close(connection);
    throw tlsError(error);
  }
}

/** Listens for connections that still have their handshake to do. */
export function listenSecurely(options: { [name: string]: unknown }, settings: StreamSettings): Listener {
  const shown = certified(settings);
  try {
    return Deno.listenTls({ ...options, ...shown });
  } catch (error) {
    // An address that cannot be had has the system's code, a certificate has none.
    throw typeof (error as { code?: unknown }).code === "string" ? error : unusable(error);
  }
}

/** What went wrong in a handshake, with a code; Deno gives its TLS errors none. */
function tlsError(error: unknown): Error {
  const { message, name, code } = error as { [key: string]: unknown };
  if (typeof code === "string") return systemError(error);
  const refusal = REFUSALS.find(([words]) => String(message).includes(words));
  return systemError(error, refusal?.[1] ?? (name === "UnexpectedEof" ? "ECONNRESET" : "EPROTO"));
}

function close(connection: Connection): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
