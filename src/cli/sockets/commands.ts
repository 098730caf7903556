/**
 * The commands of single sockets as the user meets them: their options and their help.
 *
 * @module
 */

import type { Arguments, OptionSpec } from "../args.ts";
import { BIND, type Command, CONNECT, HWM, LINGER, QUIET } from "../command.ts";
import { FORMATS } from "../format.ts";
import { rep, req } from "./asking.ts";
import { pull, sub } from "./receiving.ts";
import { pub, push } from "./sending.ts";
import { dealer, pair, router } from "./talking.ts";

const DATA: OptionSpec = {
  name: "data",
  value: "TEXT",
  many: true,
  help: "sends this, in place of the lines of stdin; each is a message of its own",
};
const INTERVAL: OptionSpec = {
  name: "interval",
  value: "MS",
  least: 0,
  help: "sends a message every so many milliseconds, and --data again and again (until --count)",
};
const SEPARATOR: OptionSpec = {
  name: "separator",
  value: "S",
  help: "what is between the parts of a message, when read and when printed; \\t, \\n, \\0 and \\xNN are " +
    "understood; '' never splits; default a TAB",
};
const FORMAT: OptionSpec = {
  name: "format",
  value: "FORM",
  choices: FORMATS,
  help: "how messages are printed, one a line; default text: the octets as they are",
};
const INPUT_FORMAT: OptionSpec = {
  name: "input-format",
  value: "FORM",
  choices: FORMATS,
  help: "how --data and stdin are read; default text",
};
const ID: OptionSpec = {
  name: "id",
  value: "TEXT",
  help: "its routing id, by which a ROUTER knows it; default: none",
};

function count(help: string, least: number): OptionSpec {
  return { name: "count", value: "N", least, help };
}

function timeout(help: string): OptionSpec {
  return { name: "timeout", value: "MS", least: 0, help: `${help}; milliseconds, default: for ever` };
}

const ENDS: readonly OptionSpec[] = [BIND, CONNECT];
const TO_SEND: readonly OptionSpec[] = [DATA, INTERVAL, SEPARATOR, INPUT_FORMAT];
const COMMON: readonly OptionSpec[] = [HWM, LINGER, QUIET];

const PARTS =
  "A message is a line. Its parts are separated by a TAB (see --separator); a line without one is a " +
  "message of one part.";
const FORMS = `Forms (--format, --input-format):
  text     the octets as they are; on a terminal, control characters as \\x1b
  hex      two digits an octet: 68656c6c6f
  quoted   each part in quotes, what cannot be printed escaped: "hello\\x00"
  json     an array of parts: ["hello",{"hex":"00ff"}], octets that are no UTF-8 as hex
Text cannot carry a line break or the separator inside of a part; the others can.`;

/** All of them, in the order of the help. */
export const SOCKET_COMMANDS: readonly Command[] = [
  command("push", "send tasks, each to one PULL", push, {
    options: [
      ...ENDS,
      ...TO_SEND,
      count("ends after so many messages; --data is repeated as often", 1),
      timeout("gives up (exit code 3) if nobody takes a message for so long"),
    ],
    text: [
      "Sends each line of stdin to one of the PULL sockets in turn. Nothing is lost: it waits for them, and " +
      "ends when all is delivered.",
      PARTS,
      FORMS,
    ],
    examples: [
      "zmq push --connect tcp://127.0.0.1:5557 --data hello",
      "zmq push --bind tcp://127.0.0.1:5557 < tasks.txt",
    ],
  }),
  command("pull", "receive tasks and print them", pull, {
    options: [
      ...ENDS,
      SEPARATOR,
      FORMAT,
      count("ends after so many messages; default: never", 1),
      timeout("gives up (exit code 3) if no message comes for so long"),
    ],
    text: [PARTS, FORMS],
    examples: [
      "zmq pull --bind tcp://127.0.0.1:5557",
      "zmq pull --bind 'tcp://*:5557' --format json --count 10 | jq .",
    ],
  }),
  command("pub", "publish to all who subscribed", pub, {
    options: [
      ...ENDS,
      { name: "topic", value: "T", help: "sends this as the first part of each message" },
      ...TO_SEND,
      {
        name: "wait",
        value: "N",
        least: 0,
        help:
          "waits for so many subscriptions (that --topic fits, if given) before the first message; default 1",
      },
      {
        name: "drop",
        help: "drops what a slow subscriber has no room for, as PUB sockets do, instead of waiting",
      },
      count("ends after so many messages; --data is repeated as often", 1),
      timeout("gives up (exit code 3) if nobody subscribes, or a message cannot be sent, for so long"),
    ],
    text: [
      "Publishes each line of stdin. So that nothing is lost it waits for the first subscriber, and for slow " +
      "ones (see --wait and --drop).",
      PARTS,
      FORMS,
    ],
    examples: [
      "zmq pub --bind tcp://127.0.0.1:5556 --topic weather --data '21 °C'",
      "date +%T | zmq pub --bind tcp://127.0.0.1:5556 --topic time",
      "zmq pub --bind tcp://127.0.0.1:5556 --data tick --interval 1000 --wait 0",
    ],
  }),
  command("sub", "subscribe and print what is published", sub, {
    options: [
      ...ENDS,
      {
        name: "topic",
        value: "T",
        many: true,
        help: "takes only messages whose first part begins so; default: all",
      },
      SEPARATOR,
      FORMAT,
      count("ends after so many messages; default: never", 1),
      timeout("gives up (exit code 3) if no message comes for so long"),
    ],
    text: [PARTS, FORMS],
    examples: [
      "zmq sub --connect tcp://127.0.0.1:5556",
      "zmq sub --connect tcp://127.0.0.1:5556 --topic weather --topic time --format json",
    ],
  }),
  command("req", "send requests and print the replies", req, {
    options: [
      ...ENDS,
      ...TO_SEND,
      FORMAT,
      ID,
      count("ends after so many requests; --data is repeated as often", 1),
      timeout("gives up (exit code 3) if a request or its reply takes longer"),
    ],
    text: ["Sends each line of stdin as a request and prints its reply before the next.", PARTS, FORMS],
    examples: [
      "zmq req --connect tcp://127.0.0.1:5555 --data hello --timeout 2000",
      "printf 'one\\ntwo\\n' | zmq req --connect tcp://127.0.0.1:5555",
    ],
  }),
  command("rep", "print requests and reply", rep, {
    options: [
      ...ENDS,
      { ...DATA, help: "replies this; several: in turn, again and again" },
      { name: "echo", help: "replies the request itself" },
      SEPARATOR,
      INPUT_FORMAT,
      FORMAT,
      count("ends after so many requests; default: never", 1),
      timeout("gives up (exit code 3) if no request comes for so long"),
    ],
    text: [
      "Replies --data, else the next line of stdin (and ends after the last), else, as on a terminal, the request " +
      "itself. To type the replies: cat | zmq rep …",
      PARTS,
      FORMS,
    ],
    examples: [
      "zmq rep --bind tcp://127.0.0.1:5555 --echo",
      "zmq rep --bind tcp://127.0.0.1:5555 --data pong --count 1",
    ],
  }),
  command(
    "pair",
    "talk to exactly one other PAIR",
    pair,
    talking({
      options: [],
      text: [],
      examples: [
        "zmq pair --bind tcp://127.0.0.1:5554",
        "zmq pair --connect tcp://127.0.0.1:5554",
      ],
    }),
  ),
  command(
    "dealer",
    "send and receive without turns",
    dealer,
    talking({
      options: [ID],
      text: ["For a REP begin each message with an empty part: that is where REQ and REP put the way back."],
      examples: [
        "zmq dealer --connect tcp://127.0.0.1:5555 --id d1 --data hello --count 1",
        "zmq dealer --connect tcp://127.0.0.1:5555 --separator '|' --data '|hello' --count 1",
      ],
    }),
  ),
  command(
    "router",
    "talk to many, each by its routing id",
    router,
    talking({
      options: [ID],
      text: [
        "The first part of a message is the routing id of the peer: what a received one came from, what a sent one " +
        "goes to. In text one that cannot be printed is 0x and its hex digits; in the other forms it is a part like " +
        "any. A message to nobody is told on stderr, and makes the exit code 1.",
      ],
      examples: [
        "zmq router --bind tcp://127.0.0.1:5555 --echo",
        "zmq router --bind tcp://127.0.0.1:5555 --separator '|'      (then type: d1|hello)",
      ],
    }),
  ),
];

interface Particulars {
  readonly options: readonly OptionSpec[];
  readonly text: readonly string[];
  readonly examples: readonly string[];
}

function command(
  name: string,
  summary: string,
  run: (args: Arguments) => Promise<number>,
  { options, text, examples }: Particulars,
): Command {
  return { spec: { name, summary, operands: [], options: [...options, ...COMMON], text, examples }, run };
}

/** What the commands share that send and receive at once. */
function talking({ options, text, examples }: Particulars): Particulars {
  return {
    options: [
      ...ENDS,
      ...options,
      { name: "echo", help: "sends every message back to where it came from, and nothing else" },
      ...TO_SEND,
      FORMAT,
      count(
        "ends after so many received messages (0 is possible) when stdin, unless typed, is at its end too; " +
          "--data is repeated as often",
        0,
      ),
      timeout("gives up (exit code 3) if, after the input, no message comes for so long"),
    ],
    text: [
      "Sends the lines of stdin and prints what comes, both at once. It goes on when stdin ends: --count, " +
      "--timeout or Ctrl-C end it.",
      ...text,
      PARTS,
      FORMS,
    ],
    examples,
  };
}
