/**
 * What peers do that mean harm, or are broken: weak points of deployed implementations (H), published vulnerabilities
 * and crashes of the family (V), and a catalogue of attacks (X). The source of a row is the CVE or the issue where
 * there is one.
 */

import { type Section, section } from "./section.ts";

/** Sections H, V and X. */
export const HOSTILE: readonly Section[] = [
  section(
    "Weak points of deployed implementations",
    "",
    `
H-01 | PING without its TTL | ends the connection; a PONG echoes that PING's octets and no others
H-02 | TTL of PING | exact over all 16 bits
H-03 | chosen routing ids | zero first or beyond 255 octets refused; generated ones are unguessable and unique
H-04 | JOIN and LEAVE | a group beyond 255 octets ends the connection
H-05 | PLAIN's ERROR | sent rightly spelt, taken in both spellings, closed behind it
H-06 | requests without delimiter | swallowed and counted; no receive fails by them
H-07 | SUBSCRIBE to another type | dropped, never delivered
H-08 | more than 1000 subscriptions | all reach a publisher, no high-water mark counts them
H-09 | second PAIR peer, taken routing id | the losing connection is closed at once, with an event
H-10 | CURVE's checks | vouch's server key, HELLO's padding and text, nonces, payload flags
H-11 | metadata cut at a field's end | refused
H-12 | names' case, READY as a message, empty names | refused, and no way around the type check
H-13 | READY of any size | handshake commands are capped, whatever maxMessageSize
H-14 | MORE without end | parts and octets of an unfinished message are capped
H-15 | 1.0 peers and port scanners | neither drops the former nor keeps the latter for ever
H-16 | one bad answer | the connector backs off and tries again, unless it was final
H-17 | reconnecting in step | the delay grows until a handshake succeeds, with a random part
`,
  ),
  section(
    "Published vulnerabilities and crashes",
    "",
    `
V-01 | CVE-2014-7202 | an old greeting does not get past CURVE or PLAIN
V-02 | CVE-2014-9721 | nor does an old header
V-03 | CVE-2014-7203 | a replayed MESSAGE is refused
V-04 | CVE-2019-6250 | sizes near 2^64 are compared exactly before anything is done with them
V-05 | CVE-2019-13132 | oversize metadata of INITIATE are bounded
V-06 | CVE-2020-15166 | silent connections take no part in routing
V-07 | CVE-2021-20234 | a message unfinished at the disconnect is freed
V-08 | CVE-2021-20235 | malformed 1.0 framing stays in bounds
V-09 | CVE-2021-20236 | a very long topic comes and goes without recursion
V-10 | CVE-2021-20237 | what is sent to a PUB is dropped and freed
V-11 | libzmq 325 | two peers of one routing id do not end the process
V-12 | LIBZMQ-569, libzmq 868 | port scanners and random octets do not end the process
V-13 | libzmq 939, 1389, 2481, 3566 | failed sessions and many ZAP requests leave nothing behind
V-14 | libzmq 783 | 1.0 identities around 254 octets
V-15 | libzmq 1224, 2942 | empty and very many unsubscriptions
V-16 | libzmq after 4.3.5 | datagrams of RADIO and DISH within bounds; every mechanism honours ZAP's no
V-17 | libzmq 4.3.3 | a header given twice, a connection that ends within its own write
V-18 | libzmq 4187, 4477, 4787 | subscribers come and go under load
V-19 | JeroMQ 440 | a 1.0 length with the top bit set
V-20 | JeroMQ 904 | routing ids of more than 127 octets
V-21 | JeroMQ 525, 679, 691, 759, 840 | an exception in one connection ends that one only
V-23 | NetMQ 225, 1168 | sizes that fit no integer end a connection, not the process
V-24 | NetMQ 734, 910, 1094 | CURVE publishers with subscribe-all, more topics than the mark
V-26 | NNG 2281 | a finite default limit, and no memory for what is only announced
V-27 | NNG 1075, 1393, 1837, 2165, 2284, 2289 | WebSocket text refused, 64-bit sizes, closed once
V-28 | nanomsg 907, 956 | HTTP load and bad WebSocket headers
V-29 | CVE-2024-25767 | closed while accepting, shaking hands, sending, receiving
V-30 | pyzmq 22.3 | CURVE comes and goes without harm
V-31 | zeromq.js 484f790 | observers leave nothing behind
`,
  ),
  section(
    "Attacks before the handshake is done",
    "",
    `
X-01 | silence | closed at the limit, with an event
X-02 | a greeting octet by octet | closed at the limit all the same
X-03 | READY octet by octet | the same
X-04 | a wrong signature | closed at once
X-05 | HTTP, SSH, TLS, Redis and others | closed at once, no answer but the signature
X-06 | zeros, FF, random octets | closed
X-07 | mechanisms that nearly match | closed before READY
X-08 | versions 0, 1, 2 to a secured socket | closed, nothing delivered
X-09 | version 255 | served
X-10 | commands before READY | closed
X-11 | messages before READY | closed, not delivered
X-12 | an empty command name | closed
X-13 | READY of megabytes | refused from its header
X-14 | READY of 100 000 properties | bounded
X-15 | properties twice | refused, or the first counts
X-16 | bad lengths in metadata | closed
X-17 | routing ids too long, or zero first | closed
X-18 | socket types wrong, missing, misspelt | ERROR, closed
X-19 | ERROR, long or cut | closed; the reason is told within limits and escaped
X-20 | READY twice | ignored or closed
X-21 | a peer without power | the handshake's limit, then heartbeats
X-22 | a flood of connections | bounded each; accepting survives a lack of descriptors
X-23 | connections that come and go | nothing grows
X-24 | a reset at every octet | the next peer is served
X-25 | a socket connected to itself | no loop, no storm
`,
  ),
  section(
    "Attacks on framing and heartbeats",
    "",
    `
X-30 | lengths of 2^40 to 2^64-1 | refused at the header, compared exactly
X-31 | lengths of gigabytes, then nothing | memory follows what arrived
X-32 | the same as commands | commands are capped
X-33 | one octet above maxMessageSize | refused by nine octets
X-34 | reserved flags | closed (strict)
X-35 | MORE on a command | closed
X-36 | a message without end | capped in parts and octets
X-37 | half a message, then silence | holds that much, delivers nothing
X-38 | a million empty frames | capped with what each costs
X-39 | an octet at a time | linear time
X-40 | a huge batch | others get their turn
X-41 | a command within a message | PONG, and the message whole
X-42 | unknown commands without end | ignored in constant memory
X-50 | PING with too much context | closed or cut to 16
X-51 | PING too short | closed
X-52 | large TTLs | no early end
X-53 | PINGs, and PONGs never read | few are pending
X-54 | PONGs unasked | ignored
X-55 | traffic just within the TTL | stays
`,
  ),
  section(
    "Attacks on patterns",
    "",
    `
X-60 | a million topics | bounded a peer, freed with it
X-61 | a topic a million times | constant memory
X-62 | a topic of a megabyte | taken up to a cap, and cancelled
X-63 | CANCEL of nothing | ignored
X-64 | topics one in the other | memory linear in what was sent
X-65 | an XPUB that nobody reads | pending notices are bounded
X-66 | a subscription with MORE, then gone | others are parsed as ever
X-67 | messages to a PUB | dropped, freed
X-70 | a taken routing id | the owner is undisturbed, the newcomer closed
X-71 | a generated id guessed | refused
X-72 | the id of who has left | allowed; ids are no authentication
X-73 | replies never read | dropped at the mark, bounded
X-74 | malformed requests to REP | discarded, the socket is usable
X-75 | malformed replies to REQ | never delivered, the connection made anew
X-76 | replies unasked and late | discarded
X-77 | an envelope of 100 000 hops | capped as messages are
X-78 | many peers with long ids | bounded each
`,
  ),
  section(
    "Attacks on security",
    "",
    `
X-80 | malformed PLAIN | closed without WELCOME or READY
X-81 | guessing passwords | refused each, compared in constant time
X-82 | a refused client goes on | closed
X-83 | nonces again, or back | closed, nothing delivered
X-84 | cookie, INITIATE or session again | closed before READY
X-85 | vouches for others | closed
X-86 | any field tampered with | closed, nothing secret sent
X-87 | our own MESSAGE back | closed
X-88 | clear text after the handshake | closed
X-89 | zero and small-order keys | closed
X-90 | HELLO without end | bounded for each
X-91 | nonces beyond 2^53, and the last one | exact
X-92 | MESSAGE with the COMMAND flag | accepted
X-93 | ZAP handlers that misbehave | refused, with an event, and the next client is served
X-94 | control octets in user id and metadata | kept as they are, never interpreted
X-95 | a NULL greeting to CURVE | closed
`,
  ),
  section(
    "Attacks through the API and the machine",
    "",
    `
X-100 | option values of any kind | an error, and nothing changed
X-101 | endpoints of any kind | an error, and nothing made
X-102 | memory changed after send, shared, detached | never torn on the wire
X-103 | close at any moment | every promise settles once
X-104 | a listener that throws | does not end the I/O
X-105 | ipc paths of others | only a dead socket is replaced
X-106 | two ZAP handlers | the second is refused; contexts are apart
X-107 | malformed SOCKS5 | tried again; a proxy's octets are never ZMTP
X-108 | malformed WebSocket | the right status or close code, bounded
X-109 | a clock that jumps | timers do not care
`,
  ),
];
