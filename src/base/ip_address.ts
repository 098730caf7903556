/**
 * Numeric IP addresses as octets: RFC 4291 section 2.2 for IPv6, dotted decimal for IPv4. Endpoints ask whether
 * a host is numeric, accept filters compare prefixes, PGM carries addresses in its packets. Pure.
 *
 * @module
 */

/** The 4 or 16 octets of a numeric address without brackets and zone; `undefined` if it is none. */
export function parseIpAddress(text: string): readonly number[] | undefined {
  // The longest form is eight groups whose last two are written as IPv4: 45 characters.
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The address in `"127.0.0.1:40312"` or `"[::1]:40312"`; anything else as it is. A peer by IPv4 has the same whether the
 * listener is of IPv4 or of both (RFC 4291, section 2.5.5.2).
 */
export function addressOf(remote: string): string {
  const [, host = remote] = /^\[?(.*?)\]?:\d+$/.exec(remote) ?? [];
  const octets = parseIpAddress(host);
  const own = octets && withoutMapping(octets);
  return own === octets ? host : formatIpAddress(own!);
}

/** Whether this is a numeric IPv6 address without brackets and zone. */
export function isIpv6(text: string): boolean {
  return parseIpAddress(text)?.length === 16;
}

/** Whether this is a numeric IPv4 address. */
export function isIpv4(text: string): boolean {
  return parseIpAddress(text)?.length === 4;
}

/** The text of 4 or 16 octets; IPv6 in the one form that RFC 5952 section 4 recommends. */
export function formatIpAddress(octets: ArrayLike<number>): string {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  const groups: string[] = [];
  let zeros = 0, longest = 1, start = -1;
  for (let i = 0; i < 8; i++) {
    const group = octets[2 * i]! << 8 | octets[2 * i + 1]!;
    groups.push(group.toString(16));
    zeros = group === 0 ? zeros + 1 : 0;
    // "::" stands for the longest run of zeros, the first of equals, and never for a single group.
    if (zeros > longest) {
      longest = zeros;
      start = i + 1 - zeros;
    }
  }
  if (start < 0) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + longest).join(":")}`;
}

function parseIpv4(text: string): number[] | undefined {
  const fields = text.split(".");
  if (fields.length !== 4) return undefined;
  // A leading zero is octal to some systems and decimal to others, so it is not numeric here.
  if (!fields.every((field) => /^(?:0|[1-9]\d{0,2})$/.test(field) && Number(field) <= 255)) return undefined;
  return fields.map(Number);
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  if (halves.length === 1) return head?.length === 16 ? head : undefined;
  const tail = parseGroups(halves[1]!, true);
  // "::" stands for at least one group.
  if (!head || !tail || head.length + tail.length > 14) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

/** The octets of groups between colons; the last may be dotted decimal if it ends the address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = parseInt(group, 16);
      octets.push(value >> 8, value & 255);
    } else {
      const embedded = last && index === groups.length - 1 ? parseIpv4(group) : undefined;
      if (!embedded) return undefined;
      octets.push(...embedded);
    }
  }
  return octets;
}

/** An IPv4 address that stands in an IPv6 one, ::ffff:0:0/96 (RFC 4291, section 2.5.5.2); any other as it is. */
export function withoutMapping(octets: readonly number[]): readonly number[] {
  const mapped = octets.length === 16 && octets.slice(0, 10).every((octet) => octet === 0) &&
    octets[10] === 0xff && octets[11] === 0xff;
  return mapped ? octets.slice(12) : octets;
}
