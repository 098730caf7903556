/**
 * What PLAIN (RFC 24), CURVE (RFC 25 and 26) and the authentication protocol ZAP (RFC 27) ask for. Words in capitals
 * are the RFC's level, others say why a rule is kept that no RFC has.
 */

import { type Section, section } from "./section.ts";

/** Sections PL, CU and ZA. */
export const SECURITY: readonly Section[] = [
  section(
    "PLAIN",
    "RFC 24",
    `
PL-1 | MUST | roles are configured; HELLO, WELCOME, INITIATE, READY, or ERROR
PL-2 | MUST | HELLO is exactly user and password, or the connection is closed
PL-3 | MUST | WELCOME carries nothing
PL-4 | MUST | INITIATE and READY carry metadata, checked as in NULL
PL-5 | MUST | steps out of order close
PL-6 | SHALL | the server speaks only when it was spoken to
PL-7 | SHALL | who is refused gets ERROR with the reason, and is closed
PL-8 | compat | both spellings of ERROR are final for a client
PL-9 | note | names of commands are length-prefixed, not padded
PL-10 | MUST | credentials are octets up to 255, all compared
PL-11 | RFC 27 | status 300 ends without ERROR, 400 and 500 with it
PL-12 | robust | two servers or two clients: nothing passes, nothing hangs
`,
  ),
  section(
    "CURVE",
    "RFC 26",
    `
CU-1 | SHALL | HELLO has 200 octets, laid out as the grammar says
CU-2 | SHALL | a server checks all of HELLO, padding and plaintext included (strict)
CU-3 | SHALL | WELCOME has 168 octets
CU-4 | SHALL | each WELCOME has new keys, cookie and nonces
CU-5 | SHOULD/SHALL | a server keeps little until INITIATE, and not for long
CU-6 | SHALL | a client checks WELCOME, and else sends no INITIATE
CU-7 | SHALL | INITIATE: cookie, nonce, and a box of key, vouch, metadata
CU-8 | SHALL | the vouch binds the transient key to both long-term keys
CU-9 | SHALL | a server checks cookie, box and vouch, its own key in it too (strict)
CU-10 | SHALL | metadata in INITIATE and READY are checked as in NULL
CU-11 | SHALL NOT | who is not authorised never sees READY
CU-12 | SHALL | READY opens under the transient keys, and its type is checked
CU-13 | SHALL | MESSAGE: each direction has its own nonce prefix; a reflection closes
CU-14 | SHALL | nonces only rise over all commands; reuse closes (strict)
CU-15 | SHALL NOT | nonces are exact to 64 bits
CU-16 | MUST | reserved flags of the payload close (strict)
CU-17 | SHALL | a malformed MESSAGE closes, without an ERROR
CU-18 | de facto | commands travel in MESSAGE, marked by flag 2 of the payload
CU-19 | SHALL | a client has a new transient key for each connection
CU-20 | SHALL NOT | a client sends no ERROR; a server takes it as unexpected
CU-21 | MUST | keys are 32 octets or 40 characters, anything else is refused at once
CU-22 | robust | zero and small-order public keys do not pass
CU-23 | compat | MESSAGE goes without the COMMAND bit, and is taken with and without
CU-24 | SHOULD | sizes may be padded, noise may be sent
CU-25 | SHALL | both ends use CURVE, or the connection closes
`,
  ),
  section(
    "ZAP",
    "RFC 27",
    `
ZA-1 | SHALL | the handler is a REP or ROUTER at inproc://zeromq.zap.01
ZA-2 | SHALL | a request: version, id, domain, address, routing id, mechanism, credentials
ZA-3 | SHALL | credentials: none, user and password, or the key
ZA-4 | SHALL | a reply: version, id, status, text, user id, metadata
ZA-5 | SHALL | the address is the client's, in its plain form
ZA-6 | MUST | a malformed reply refuses the client, with an event that says why
ZA-7 | SHALL | 200 lets in, and user id and metadata can be read of messages
ZA-8 | SHALL | 300 drops silently and may be retried; 400 and 500 say ERROR
ZA-9 | robust | who is asked when: PLAIN and CURVE, NULL with a domain only
ZA-10 | SHALL | a domain and all other texts have at most 255 octets
ZA-11 | robust | a handler that is silent or dies refuses its client and no other
ZA-12 | robust | requests over one line have ids of their own
`,
  ),
];
