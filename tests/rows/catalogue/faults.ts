/**
 * What is promised under failure (G), and the faults by which it is tried (F): killed and frozen processes, cut, slow
 * and dead links, slow readers, exhausted resources. The source of a promise is libzmq's manual and the RFCs of the
 * patterns, that of a fault its set-up.
 */

import { type Section, section } from "./section.ts";

/** Sections G and F. */
export const FAULTS: readonly Section[] = [
  section(
    "Promises under failure",
    "",
    `
G1 | RFC 28-31 | one connection and direction: in order; later never overtakes earlier
G2 | RFC 37 | at most once to a peer
G3 | RFC 37 | all frames of a message or none, wherever it is cut
G4 | RFC 28-31 | no drop while the connection lives; the sender is held back
G5 | RFC 29 | publishers drop whole messages for each slow subscriber
G6 | RFC 28 | ROUTER and REP drop, or err, for who is unknown or full
G7 | libzmq | a full receiver stops reading
G8 | zmq_setsockopt | connect makes the queue, before there is a peer
G9 | RFC 28 | a connect's queue outlives connections, an accepted peer's does not
G10 | RFC 37 | what the system has taken may be lost; nothing acknowledges
G11 | ZMQ_LINGER | close sends what waits for that long
G12 | ZMQ_RECONNECT_IVL | delay, its random part, its doubling, never
G13 | RFC 29 | who subscribes late hears what comes later
G14 | ZMQ_SNDHWM | marks count whole messages a pipe; both add up within a process
G15 | test_sockopt_hwm | marks may change on a living pipe
G16 | RFC 28-31 | fair in, in turn out, by messages
G17 | RFC 29 | subscriptions survive reconnects, all of them
G18 | RFC 28 | a REQ whose server died waits, until a time-out or relaxed
G19 | ZMQ_HEARTBEAT_IVL | dead peers are found within interval and timeout
G20 | zmq_disconnect | disconnect lingers as close does, unbind ends accepted peers
`,
  ),
  section(
    "Faults: processes and messages",
    "",
    `
F-01 | no fault | 20 000 messages, all, in order, once
F-02 | three senders | each one's order, no frames mixed
F-03 | 16 MiB messages | come back equal
F-04 | 1000 frames a message | atomic
F-05 | receiver killed | no doubles, few lost, the last one arrives
F-06 | sender killed, 20 times | whole messages, a prefix in order
F-07 | server killed, relaxed REQ | most answered, none wrongly
F-08 | restart on the same port | served within a second
F-09 | a ROUTER that comes back | reachable by name again
F-10 | sent before anybody listens | delivered from the first on
F-11 | mark, nobody there | exactly the mark is taken, all delivered later
F-12 | bound, nobody there | nothing is taken
F-13 | mark over tcp, unread | refused after the mark and the system's buffers
F-14 | mark within a process | both marks, exactly
F-15 | receiver frozen | sender refused; after it all arrive in order
F-16 | slow subscriber | the other one misses nothing
F-17 | slow subscriber that resumes | in order, one gap
F-18 | late joiner | nothing missing from the first on
F-19 | 5000 topics | all known, after each reconnect
F-20 | sender vanishes within a message | nothing of it
F-21 | receiver vanishes within a message | the next one begins with a first frame
F-22 | closed after SNDMORE | nothing of it
F-23 | links cut at random | whole, ascending, once
F-24 | slow link | not dead while octets flow
F-25 | black hole | found by heartbeats, and only by them
F-26 | half close | answered or dropped cleanly
`,
  ),
  section(
    "Faults: connections and queues",
    "",
    `
F-27 | refused connections | delays within their bounds, growing to the largest
F-28 | accepted and closed | the delay grows
F-29 | names that resolve late | looked up at each try
F-30 | linger -1, 0, 2000 | all, none, all; close ends as said
F-31 | linger, dead peer | close ends in time
F-32 | closed with input unread | at once, freed
F-33 | reconnects with subscriptions | all of them each time
F-34 | queue of a connect | survives, with a gap in the middle only
F-35 | queue of an accepted peer | goes with it
F-36 | a routing id that returns | served by its name each time
F-37 | ROUTER, peers vanished | dropped, or told when mandatory
F-38 | ROUTER, peer that reads nothing | bounded, others answered
F-39 | one floods, one asks | answered in time
F-40 | one of two peers dead | half or all, by immediate
F-41 | second PAIR peer | closed at once, accepted after the first
F-42 | REQ, server dies | not sent again; state kept unless relaxed
F-43 | REP, client dies | reply dropped, the next served
F-44 | XPUB, subscriber lost | its topics are told as gone
F-45 | XPUB without drops | all arrive, with refusals
F-46 | conflate | the last one
F-47 | proxy, subscriber killed | withdrawn upstream, the other complete
F-48 | devices, worker killed | only its own requests are lost
`,
  ),
  section(
    "Faults: resources and runtimes",
    "",
    `
F-49 | no descriptors left | told, others unaffected, accepts again
F-50 | frozen for seconds | dropped by heartbeats, comes back
F-51 | clock steps | timers unaffected
F-52 | process ends within a send | nothing of it arrives
F-53 | subscribers come and go, minutes | memory and handles level
F-54 | receiver's thread blocked | nothing lost, no false alarm
F-55 | receive cancelled | the message stays for the next
F-56 | sends not awaited | atomic, in the order of calls
`,
  ),
];
