/**
 * From endpoints of datagrams, as text, to the sockets and the engine that they need: `udp://` by libzmq's
 * zmq_udp page, `epgm://` by zmq_pgm's.
 *
 * PGM needs two kinds of address to itself (RFC 3208 has one network layer for both): a source is asked for repairs
 * at the interface's own address, a receiver hears the group's. Bound to exactly these, endpoints of one host get
 * neither each other's requests nor each other's groups.
 *
 * The engines are loaded when the first endpoint needs them.
 *
 * @module
 */

import type { DatagramTransport } from "../io/datagram.ts";
import type { InterfaceAddress, Transports } from "../io/transports.ts";
import type { PgmSettings } from "../pgm/settings.ts";
import type { PlannedSocket } from "../session/datagram_sockets.ts";
import type { DatagramPlan, DatagramRole } from "../session/datagram_session.ts";
import { checkDgramMessage, checkRadioMessage } from "../udp/codec.ts";
import { MAX_DATAGRAM } from "../udp/codec.ts";
import type { SocketCore } from "./core.ts";
import { resolveInterface } from "./endpoint.ts";
import { type EndpointPurpose, refusal, splitZone } from "./endpoint_text.ts";
import { parseIpAddress } from "../base/ip_address.ts";
import { isSource, resolveMulticastInterface } from "./multicast_endpoint.ts";
import type { EpgmEndpoint, UdpEndpoint } from "./multicast_endpoint.ts";
import { interfaces } from "./stream_targets.ts";

/**
 * What an endpoint is to its socket. EINVAL for options that cannot be, and for epgm on an interface that is not
 * there (as libzmq says it); ENODEV for udp on a host that is not this one.
 */
export function datagramRole(
  endpoint: UdpEndpoint | EpgmEndpoint,
  core: SocketCore,
  address: string,
  purpose: EndpointPurpose,
): DatagramRole {
  const asked: Asked = { core, address, purpose };
  return endpoint.scheme === "udp" ? udpRole(endpoint, asked) : epgmRole(endpoint, asked);
}

/** Octets asked for the sockets' buffers: a window of packets can come at once. */
const BUFFER = 1 << 20;

/** One more than the engines take, so that a longer one is known for what it is. */
const LARGEST_UDP = MAX_DATAGRAM + 1;

/** With less there is no room for an octet of the stream, with more no datagram. */
const LEAST_TPDU = { IPv4: 75, IPv6: 95 };
const MOST_TPDU = 65535;

interface Asked {
  readonly core: SocketCore;
  readonly address: string;
  readonly purpose: EndpointPurpose;
}

function udpRole(endpoint: UdpEndpoint, asked: Asked): DatagramRole {
  const { core, purpose } = asked;
  const { host, port, multicast } = endpoint;
  if (host.includes(":") && !core.options.ipv6) {
    throw refusal(asked, "EINVAL", "IPv6 needs the option ipv6");
  }
  if (multicast) checkHops(asked);
  return {
    bound: purpose === "bind",
    broadcast: core.type.name === "RADIO",
    repairs: false,
    check: UDP_CHECKS[core.type.name] ?? checkNothing,
    nameOf: port === 0
      ? (local) => `udp://${local.host.includes(":") ? `[${local.host}]` : local.host}:${local.port}`
      : undefined,
    prepare: async () => {
      const transports = await core.context.transports();
      const plan = { ...endpoint, asked, transports, transport: datagrams(transports, asked) };
      return await (purpose === "connect" ? planRadio(plan) : planListener(plan));
    },
  };
}

const UDP_CHECKS: { readonly [socketType: string]: DatagramRole["check"] | undefined } = {
  RADIO: checkRadioMessage,
  DGRAM: checkDgramMessage,
};

interface UdpPlan extends UdpEndpoint {
  readonly asked: Asked;
  readonly transports: Transports;
  readonly transport: DatagramTransport;
}

async function planRadio(plan: UdpPlan): Promise<DatagramPlan> {
  const { host, port, multicast, transport, asked } = plan;
  const to = { host: await numeric(host, transport, asked), port };
  const any = to.host.includes(":") ? "::" : "0.0.0.0";
  const { RadioEngine } = await import("../udp/radio.ts");
  return {
    transport,
    sockets: [{
      settings: { host: any, port: 0, sendBuffer: BUFFER, ...(multicast && multicastSettings(plan)) },
    }],
    makeEngine: (host) => new RadioEngine(to, host),
  };
}

async function planListener(plan: UdpPlan): Promise<DatagramPlan> {
  const { host, port, multicast, transport, transports, asked } = plan;
  const { core } = asked;
  const sends = core.type.name === "DGRAM";
  const Engine = sends
    ? (await import("../udp/dgram.ts")).DgramEngine
    : (await import("../udp/dish.ts")).DishEngine;
  const makeEngine: DatagramPlan["makeEngine"] = (host, _now, dropped) => new Engine(dropped, host);
  if (multicast) {
    const networkInterface = joinAddress(plan);
    const settings = {
      host,
      port,
      reuse: true,
      receiveBuffer: BUFFER,
      largest: LARGEST_UDP,
      ...(sends && multicastSettings(plan)),
    };
    return {
      transport,
      sockets: [{ settings, group: host, ...(networkInterface && { networkInterface }) }],
      makeEngine,
    };
  }
  const local = resolveInterface(host, interfaces(transports), core.options.ipv6);
  if (local === undefined) {
    throw refusal(asked, "ENODEV", "the host is no address or interface of this machine");
  }
  return {
    transport,
    sockets: [{ settings: { host: local, port, receiveBuffer: BUFFER, largest: LARGEST_UDP } }],
    makeEngine,
  };
}

async function numeric(host: string, transport: DatagramTransport, asked: Asked): Promise<string> {
  if (parseIpAddress(splitZone(host)[0]) !== undefined) return host;
  if (transport.resolve === undefined) throw refusal(asked, "ENOTSUP", "names cannot be looked up here");
  return await transport.resolve(host, asked.core.options.ipv6);
}

function multicastSettings(plan: UdpPlan): Partial<PlannedSocket["settings"]> {
  const { multicastHops, multicastLoop } = plan.asked.core.options;
  const outgoingInterface = joinAddress(plan);
  return { ttl: multicastHops, loopback: multicastLoop, ...(outgoingInterface && { outgoingInterface }) };
}

/** How the runtimes want to hear of the interface: an IPv4 address, or `::%name`. `undefined`: none was named. */
function joinAddress({ networkInterface, host, transports, asked }: UdpPlan): string | undefined {
  if (networkInterface === "") return undefined;
  return interfaceOf(networkInterface, host, transports, asked).join;
}

function epgmRole(endpoint: EpgmEndpoint, asked: Asked): DatagramRole {
  const { core, purpose } = asked;
  checkHops(asked);
  checkPgmOptions(endpoint, asked);
  checkInterfaceNow(endpoint, asked);
  return {
    bound: purpose === "bind",
    broadcast: isSource(core.type.name),
    repairs: true,
    check: checkNothing,
    nameOf: undefined,
    prepare: async () => await planPgm(endpoint, await core.context.transports(), asked),
  };
}

async function planPgm(
  endpoint: EpgmEndpoint,
  transports: Transports,
  asked: Asked,
): Promise<DatagramPlan> {
  const { networkInterface, groups, sendGroup, port } = endpoint;
  const { core } = asked;
  const { options } = core;
  const transport = datagrams(transports, asked);
  const { address, local, join, zone } = interfaceOf(networkInterface, sendGroup, transports, asked);
  const out: PlannedSocket = {
    settings: {
      host: local,
      port: 0,
      ttl: options.multicastHops,
      loopback: options.multicastLoop,
      outgoingInterface: join,
      sendBuffer: BUFFER,
    },
    ...(zone && { zone }),
  };
  const settings: PgmSettings = {
    port,
    group: sendGroup,
    interfaceAddress: address,
    rate: options.rate,
    recoveryInterval: options.recoveryInterval,
    maxTpdu: options.multicastMaxTransportDataUnit,
    maxMessageSize: Math.min(unlimited(options.maxMessageSize), core.context.options.maxMessageSize),
    random: (length) => core.random(length),
  };
  // As libzmq: what comes cut fails its checksum.
  const largest = options.multicastMaxTransportDataUnit;
  if (isSource(core.type.name)) {
    const up: PlannedSocket = {
      settings: { host: local, port, reuse: true, receiveBuffer: BUFFER, largest },
    };
    const { PgmSource } = await import("../pgm/source.ts");
    return { transport, sockets: [out, up], makeEngine: (host, now) => new PgmSource(settings, host, now) };
  }
  const { PgmReceiver } = await import("../pgm/receiver.ts");
  const ins = groups.map((group): PlannedSocket => ({
    settings: {
      host: zone && /^ff.2:/i.test(group) ? `${group}%${zone}` : group,
      port,
      reuse: true,
      receiveBuffer: BUFFER,
      largest,
    },
    group,
    networkInterface: join,
  }));
  return {
    transport,
    sockets: [out, ...ins],
    makeEngine: (host, now) => new PgmReceiver(settings, host, now),
  };
}

/** What libzmq takes and then ends the process for. */
function checkPgmOptions({ sendGroup }: EpgmEndpoint, asked: Asked): void {
  const { rate, multicastMaxTransportDataUnit: tpdu } = asked.core.options;
  const least = LEAST_TPDU[familyOf(sendGroup)];
  if (tpdu < least || tpdu > MOST_TPDU) {
    throw refusal(
      asked,
      "EINVAL",
      `multicastMaxTransportDataUnit must be ${least} to ${MOST_TPDU}, not ${tpdu}`,
    );
  }
  if (rate * 125 < tpdu) {
    throw refusal(
      asked,
      "EINVAL",
      `a rate of ${rate} kbit/s has no room for a packet of ${tpdu} octets a second`,
    );
  }
}

function checkHops(asked: Asked): void {
  const { multicastHops } = asked.core.options;
  if (multicastHops > 255) {
    throw refusal(asked, "EINVAL", `multicastHops must be 1 to 255, not ${multicastHops}`);
  }
}

/** `connect` can say at once that there is no such interface, where the transports can be had at once. */
function checkInterfaceNow({ networkInterface, sendGroup }: EpgmEndpoint, asked: Asked): void {
  let transports: Transports;
  try {
    transports = asked.core.context.transportsSync();
  } catch {
    return;
  }
  interfaceOf(networkInterface, sendGroup, transports, asked);
  datagrams(transports, asked);
}

interface Found {
  /** Its numeric address, without a zone. */
  readonly address: string;
  /** The same to bind to. */
  readonly local: string;
  /** How groups are joined there. */
  readonly join: string;
  /** Its name, where link-local addresses need one. */
  readonly zone: string | undefined;
}

function interfaceOf(text: string, group: string, transports: Transports, asked: Asked): Found {
  const family = familyOf(group);
  const found = resolveMulticastInterface(text, interfaces(transports), family);
  if (found === undefined) {
    const what = text === "" ? "no interface" : `no interface ${JSON.stringify(text)}`;
    throw refusal(asked, "EINVAL", `this machine has ${what} with an ${family} address, or does not tell`);
  }
  const [address] = splitZone(found.address);
  if (family === "IPv4") return { address, local: address, join: address, zone: undefined };
  const zone = found.name || undefined;
  const local = zone && /^fe[89ab]/i.test(address) ? `${address}%${zone}` : address;
  return { address, local, join: zone ? `::%${zone}` : "::", zone };
}

function familyOf(group: string): InterfaceAddress["family"] {
  return group.includes(":") ? "IPv6" : "IPv4";
}

function datagrams({ udp, runtime }: Transports, asked: Asked): DatagramTransport {
  if (udp !== undefined) return udp;
  throw refusal(asked, "EPROTONOSUPPORT", `datagrams are not available on ${runtime}`);
}

function unlimited(size: number): number {
  return size < 0 ? Infinity : size;
}

function checkNothing(): void {}
