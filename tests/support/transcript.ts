/**
 * The octets of ZMTP as a test writes them by hand: greeting, frames, commands and READY, straight from
 * RFC 37 and without any help from the code under test.
 */

/** Text as octets. */
export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Octets of which only the length matters, that differ from place to place. */
export function pattern(length: number, seed = 0): Uint8Array {
  const all = new Uint8Array(length);
  for (let i = 0; i < length; i++) all[i] = (i * 31 + seed * 17 + (i >>> 8)) & 0xff;
  return all;
}

/** All in one. */
export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A greeting of 64 octets. */
export function greeting(
  { major = 3, minor = 1, mechanism = "NULL", asServer = 0, padding = [0, 0, 0, 0, 0, 0, 0, 0] }: {
    readonly major?: number;
    readonly minor?: number;
    readonly mechanism?: string;
    readonly asServer?: number;
    readonly padding?: readonly number[];
  } = {},
): Uint8Array {
  const all = new Uint8Array(64);
  all[0] = 0xff;
  all.set(padding, 1);
  all[9] = 0x7f;
  all[10] = major;
  all[11] = minor;
  all.set(octets(mechanism), 12);
  all[32] = asServer;
  return all;
}

/** A frame in the form that a sender SHOULD choose: short up to 255 octets. */
export function frame(body: Uint8Array | string, flags = 0): Uint8Array {
  const bytes = typeof body === "string" ? octets(body) : body;
  if (bytes.length > 255) return longFrame(bytes, flags);
  return join([flags, bytes.length], bytes);
}

/** A frame in the long form, whatever its length. */
export function longFrame(body: Uint8Array | string, flags = 0): Uint8Array {
  const bytes = typeof body === "string" ? octets(body) : body;
  return join([flags | 2], size(BigInt(bytes.length)), bytes);
}

/** Eight octets in network order. */
export function size(length: bigint): Uint8Array {
  const all = new Uint8Array(8);
  new DataView(all.buffer).setBigUint64(0, length);
  return all;
}

/** A message: all frames but the last with MORE. */
export function message(...frames: readonly (Uint8Array | string)[]): Uint8Array {
  return join(...frames.map((body, i) => frame(body, i < frames.length - 1 ? 1 : 0)));
}

/** A command frame. */
export function command(name: string, data: Uint8Array | string = ""): Uint8Array {
  const body = join([name.length], octets(name), typeof data === "string" ? octets(data) : data);
  return frame(body, 4);
}

/** One property of a handshake. */
export function property(name: string, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? octets(value) : value;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join([name.length], octets(name), length, bytes);
}

/** READY of a peer of this type. */
export function ready(socketType: string, properties: Record<string, Uint8Array | string> = {}): Uint8Array {
  const all = [property("Socket-Type", socketType)];
  for (const [name, value] of Object.entries(properties)) all.push(property(name, value));
  return command("READY", join(...all));
}

/** PING with its time to live in tenths of a second. */
export function ping(tenths: number, context: Uint8Array | string = ""): Uint8Array {
  const bytes = typeof context === "string" ? octets(context) : context;
  return command("PING", join([tenths >>> 8, tenths & 0xff], bytes));
}
