/**
 * The options of a packet (RFC 3208 section 9): a total length, then each with its own. Two are used, the list
 * of a NAK and FIN; fragments are refused, because no deployed receiver can be relied on to survive them; all
 * others are skipped, as libzmq does.
 *
 * @module
 */

const OPT_LENGTH = 0x00;
const OPT_FRAGMENT = 0x01;
const OPT_NAK_LIST = 0x02;
const OPT_FIN = 0x0e;
/** Set in the type of the last option. */
const OPT_END = 0x80;

const OPTIONS_MAX = 16;
const LIST_MAX = 62;

/** What the options of a packet say, and where they end. */
export interface Options {
  /** The place after the last option. */
  readonly end: number;
  /** Whether FIN is among them. */
  readonly fin: boolean;
  /** Where the numbers of a NAK list begin and end; both 0 if there is none. */
  readonly listStart: number;
  readonly listEnd: number;
}

/** Reads the options that begin at `start`, or says what is wrong with them. */
export function optionsOf(octets: Uint8Array, start: number): Options | string {
  if (octets.length < start + 4 || octets[start] !== OPT_LENGTH || octets[start + 1] !== 4) {
    return "options without their length";
  }
  const end = start + (octets[start + 2]! << 8 | octets[start + 3]!);
  if (end > octets.length) return "options beyond the packet";
  let fin = false, listStart = 0, listEnd = 0;
  let at = start + 4;
  for (let count = 1;; count++) {
    if (count > OPTIONS_MAX) return "too many options";
    // Every option in use has a fourth, reserved octet before its values.
    if (at + 4 > end) return "options end too early";
    const type = octets[at]!;
    const length = octets[at + 1]!;
    if (length < 4) return "option shorter than its header";
    if (at + length > end) return "option beyond the options";
    switch (type & ~OPT_END) {
      case OPT_FRAGMENT:
        return "fragment";
      case OPT_FIN:
        fin = true;
        break;
      case OPT_NAK_LIST:
        if (listEnd > 0 || length < 8 || length > 4 + 4 * LIST_MAX || length % 4 !== 0) {
          return "wrong NAK list";
        }
        listStart = at + 4;
        listEnd = at + length;
        break;
    }
    at += length;
    if ((type & OPT_END) !== 0) break;
  }
  if (at !== end) return "octets after the last option";
  return { end, fin, listStart, listEnd };
}
