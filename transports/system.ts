/**
 * What the adapters of Deno, Bun and Node have in common: the form of an address, the codes of errors, names
 * to numbers, stale Unix sockets, temporary directories. Node's modules are taken when first needed, by
 * `process.getBuiltinModule`, which all three have and no bundler sees.
 *
 * @module
 */

import { ZmqError } from "../src/base/errors.ts";
import type { InterfaceAddress } from "../src/io/transports.ts";

declare const process: { getBuiltinModule(name: string): unknown; readonly platform: string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

interface Dns {
  readonly promises: {
    lookup(host: string, options: { family: number }): Promise<{ readonly address: string }>;
  };
}

interface Status {
  isSocket(): boolean;
  isDirectory(): boolean;
}

interface Files {
  lstatSync(path: string): Status;
  mkdtempSync(prefix: string): string;
  readonly promises: {
    lstat(path: string): Promise<Status>;
    mkdtemp(prefix: string): Promise<string>;
    rmdir(path: string): Promise<void>;
    unlink(path: string): Promise<void>;
  };
}

interface Os {
  tmpdir(): string;
  networkInterfaces(): {
    readonly [name: string]:
      | readonly { readonly address: string; readonly family: string; readonly scopeid?: number }[]
      | undefined;
  };
}

/** One of Node's own modules. */
export function builtin<Module>(name: string): Module {
  return process.getBuiltinModule(name) as Module;
}

/** Whether names in the abstract namespace exist at all. */
export function onLinux(): boolean {
  return process.platform === "linux";
}

/** `"127.0.0.1:5555"`, `"[::1]:5555"`; empty if the system did not say (the peer is gone already). */
export function formatAddress(host: string | undefined, port: number | undefined): string {
  if (!host) return "";
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An error with the system's name for it in `code`. */
export function systemError(error: unknown, code: string = codeOf(error)): Error {
  if (error instanceof Error && (error as { code?: unknown }).code === code) return error;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { code });
}

/**
 * A numeric address for a host to listen on, or to dial where the runtime cannot be told the family. A name may have
 * a zone, which means something with a link-local address alone (RFC 4007, section 6).
 */
export async function resolve(host: string, ipv6: boolean): Promise<string> {
  if (isNumeric(host)) return host;
  const [name, zone] = host.split("%", 2);
  try {
    const { address } = await builtin<Dns>("dns").promises.lookup(name!, { family: ipv6 ? 0 : 4 });
    return zone !== undefined && /^fe[89ab]/i.test(address) ? `${address}%${zone}` : address;
  } catch (error) {
    throw systemError(error);
  }
}

/** Whether this is a name with a zone: no runtime looks up the one without the other. */
export function isZonedName(host: string): boolean {
  return host.includes("%") && !isNumeric(host);
}

/** Refuses a name where there is no time to look it up. */
export function requireNumeric(host: string): void {
  if (isNumeric(host)) return;
  throw new ZmqError("ENOTSUP", `Cannot look up "${host}" without waiting: use bind(), or a numeric address`);
}

/** Whether this is an address and no name. */
export function isNumeric(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}

/** Waits for a promise or the abort of a signal; what comes after an abort goes to `drop`. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal, drop?: (late: T) => void): Promise<T> {
  return new Promise<T>((fulfil, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then((value) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) drop?.(value);
      else fulfil(value);
    }, (error) => {
      signal.removeEventListener("abort", abort);
      reject(error);
    });
  });
}

/** Refuses a path that `sun_path` cannot hold (108 octets with the NUL at the end): Node would cut it. */
export function checkPath(path: string): void {
  const length = new TextEncoder().encode(path).length;
  if (length > (onLinux() ? 107 : 103)) {
    throw systemError(new Error(`Unix socket path of ${length} octets is too long`), "ENAMETOOLONG");
  }
}

/**
 * Listens on a path. A socket file that nobody listens on (its owner was killed: a test dial is refused) is
 * removed first; anything else there stays, and the address is in use.
 */
export async function listenOnPath<Listener>(
  path: string,
  listen: () => Listener | Promise<Listener>,
  testDial: () => Promise<void>,
): Promise<Listener> {
  checkPath(path);
  try {
    return await listen();
  } catch (failure) {
    const error = pathError(failure, path);
    if (codeOf(error) !== "EADDRINUSE" || path.startsWith("\0")) throw error;
    const refused = await testDial().then(() => false, (refusal) => codeOf(refusal) === "ECONNREFUSED");
    // A dial to a plain file is refused just as well, and that one is not ours to remove.
    if (!refused || !await isSocket(path)) throw error;
    await remove(path);
    return await listen();
  }
}

/** The same at once. A test dial takes time, so the address is in use by whatever is there. */
export function listenOnPathSync<Listener>(path: string, listen: () => Listener): Listener {
  checkPath(path);
  try {
    return listen();
  } catch (failure) {
    throw pathError(failure, path);
  }
}

/** Makes a private directory in the system's place for such. */
export function temporaryDirectory(): Promise<string> {
  return builtin<Files>("fs").promises.mkdtemp(`${builtin<Os>("os").tmpdir()}/puremq-`);
}

/** The same at once. */
export function temporaryDirectorySync(): string {
  return builtin<Files>("fs").mkdtempSync(`${builtin<Os>("os").tmpdir()}/puremq-`);
}

/** Removes a file or an empty directory, if there is one. */
export async function remove(path: string): Promise<void> {
  const { promises } = builtin<Files>("fs");
  try {
    const found = await promises.lstat(path);
    await (found.isDirectory() ? promises.rmdir(path) : promises.unlink(path));
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw systemError(error);
  }
}

/** The addresses of this machine. */
export function networkInterfaces(): readonly InterfaceAddress[] {
  const found: InterfaceAddress[] = [];
  for (const [name, addresses] of Object.entries(builtin<Os>("os").networkInterfaces())) {
    for (const { address, family, scopeid } of addresses ?? []) {
      if (family !== "IPv4" && family !== "IPv6") continue;
      found.push(scopeid ? { name, address, family, scope: scopeid } : { name, address, family });
    }
  }
  return found;
}

/** Why a path cannot be listened on. Node makes EACCES of a directory that is not there; asking for it tells. */
function pathError(failure: unknown, path: string): Error {
  if (codeOf(failure) === "EACCES" && !path.startsWith("\0")) {
    try {
      builtin<Files>("fs").lstatSync(path.slice(0, path.lastIndexOf("/") + 1) || ".");
    } catch (truth) {
      if (codeOf(truth) !== "EACCES") return systemError(truth);
    }
  }
  return systemError(failure);
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await builtin<Files>("fs").promises.lstat(path)).isSocket();
  } catch {
    return false;
  }
}

/** Deno leaves some of its errors without a code; the resolver's own codes are all one to our callers. */
export function codeOf(error: unknown): string {
  const { code, name, message, syscall } = error as { [key: string]: unknown };
  if (name === "NotCapable" || name === "PermissionDenied") return "EACCES";
  if (code === "EPERM" && syscall === "getaddrinfo") return "EACCES";
  if (typeof code === "string") return code.startsWith("EAI_") ? "ENOTFOUND" : code;
  if (name === "BadResource") return "EBADF";
  if (String(message).startsWith("failed to lookup")) return "ENOTFOUND";
  return "EIO";
}

/** Memory of its own that is not zeroed first: for who writes all of it before anybody sees it. */
export function allocate(length: number): Uint8Array {
  return builtin<BufferModule>("buffer").Buffer.allocUnsafeSlow(length);
}

interface BufferModule {
  readonly Buffer: { allocUnsafeSlow(length: number): Uint8Array };
}
