/**
 * From endpoints of streams, as text, to what a transport dials or listens on.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { StreamAddress, StreamTransport } from "../io/stream.ts";
import type { InterfaceAddress, Transports } from "../io/transports.ts";
import type { LinkTarget } from "../session/link.ts";
import type { SocketCore } from "./core.ts";
import { formatIpc, formatTcp, resolveInterface } from "./endpoint.ts";
import type { IpcEndpoint, TcpEndpoint } from "./endpoint.ts";
import { settings } from "./stream_settings.ts";

/** What to listen on. */
export function bindTarget(
  endpoint: TcpEndpoint | IpcEndpoint,
  transports: Transports,
  core: SocketCore,
  address: string,
): LinkTarget {
  const transport = streams(transports, endpoint.scheme, address);
  if (endpoint.scheme === "ipc" && endpoint.abstract) requireAbstract(transports, address);
  const where = endpoint.scheme === "ipc"
    ? { path: endpoint.path }
    : bindAddress(endpoint, transports, core.options.ipv6, address);
  const given = { ...where, ...descriptor(core) };
  if (isTemporary(endpoint) && given.descriptor !== undefined) {
    throw new ZmqError(
      "EINVAL",
      `Cannot bind to "${address}": a socket that is there already has its path`,
      address,
    );
  }
  return { endpoint: address, transport, address: given, settings: settings(core) };
}

/** What to dial. */
export function dialTarget(
  endpoint: TcpEndpoint | IpcEndpoint,
  transports: Transports,
  core: SocketCore,
  address: string,
): LinkTarget {
  const transport = streams(transports, endpoint.scheme, address);
  if (endpoint.scheme === "ipc" && endpoint.abstract) requireAbstract(transports, address);
  const where = dialAddress(endpoint, transports, core.options.ipv6);
  return { endpoint: address, transport, address: where, settings: settings(core) };
}

/** Whether a directory is made for it. */
export function isTemporary(endpoint: TcpEndpoint | IpcEndpoint): boolean {
  return endpoint.scheme === "ipc" && endpoint.wildcard;
}

/** The same in the directory that was made. */
export function inDirectory(target: LinkTarget, directory: string | undefined): LinkTarget {
  return directory === undefined ? target : { ...target, address: { path: `${directory}/socket` } };
}

/** The endpoint of an address. */
export function nameOf({ host, port, path }: StreamAddress): string {
  return path === undefined ? formatTcp(host!, port!) : formatIpc(path);
}

function streams(transports: Transports, scheme: "tcp" | "ipc", address: string): StreamTransport {
  const transport = transports[scheme];
  if (transport !== undefined) return transport;
  throw new ZmqError("EPROTONOSUPPORT", `${scheme}:// is not available on ${transports.runtime}`, address);
}

function requireAbstract(transports: Transports, address: string): void {
  if (transports.abstractNames) return;
  throw new ZmqError(
    "ENOTSUP",
    `Cannot use "${address}": ${transports.runtime} of this version pads abstract names, so no other program ` +
      "could reach it",
    address,
  );
}

/** Where to listen for a host and port. */
export function bindAddress(
  endpoint: Pick<TcpEndpoint, "host" | "port" | "zone">,
  transports: Transports,
  ipv6: boolean,
  address: string,
): StreamAddress {
  const zoned = withZone(endpoint);
  const known = interfaces(transports);
  // Some systems would take the address without its zone.
  if (endpoint.zone !== undefined && !hasZone(endpoint.zone, known)) {
    throw new ZmqError("ENODEV", `Cannot bind to "${address}": there is no such interface`, address);
  }
  const host = resolveInterface(zoned, known, ipv6);
  if (host !== undefined) return { host, port: endpoint.port };
  // Numeric IPv6 without `ipv6`; anything else may be a name, which the system resolves.
  if (endpoint.host.includes(":")) throw new ZmqError("ENODEV", undefined, address);
  return { host: endpoint.host, port: endpoint.port };
}

function dialAddress(
  endpoint: TcpEndpoint | IpcEndpoint,
  transports: Transports,
  ipv6: boolean,
): StreamAddress {
  if (endpoint.scheme === "ipc") return { path: endpoint.path };
  const { port, sourceHost, sourcePort } = endpoint;
  const host = withZone(endpoint);
  if (sourcePort === undefined) return { host, port };
  if (sourceHost === undefined) return { host, port, sourcePort };
  return {
    host,
    port,
    sourcePort,
    sourceHost: resolveInterface(sourceHost, interfaces(transports), ipv6) ?? sourceHost,
  };
}

/** The host with its zone. */
export function withZone({ host, zone }: Pick<TcpEndpoint, "host" | "zone">): string {
  return zone === undefined ? host : `${host}%${zone}`;
}

/** The addresses of this machine, as far as they are known. */
export function interfaces(transports: Transports): readonly InterfaceAddress[] {
  return transports.networkInterfaces?.() ?? [];
}

/** Whether this names an interface, or may: numbers are the system's, and not every host tells its interfaces. */
function hasZone(zone: string, known: readonly InterfaceAddress[]): boolean {
  return /^\d+$/.test(zone) || known.length === 0 || known.some(({ name }) => name === zone);
}

/** What is listened on in place of the address. */
export function descriptor({ options }: SocketCore): Pick<StreamAddress, "descriptor"> {
  return options.useFileDescriptor < 0 ? {} : { descriptor: options.useFileDescriptor };
}
