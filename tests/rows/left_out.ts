/**
 * The rows of the catalogue that no test covers, each with the reason in one sentence: what the row asks for cannot
 * exist here, or means nothing in JavaScript. A row that can apply does not belong here; it wants a test whose name
 * has the row's id in it. `deno task rows --check` refuses a row that is in both places or in none.
 *
 * Ids ascend within their section, and everybody who leaves a row out adds a line of their own.
 */

/** From a row's id to the reason why it has no test. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "CU-24": "Optional for a sender: nothing is padded and no noise is sent, as in libzmq.",
  "F-22": "A message is given whole to one send(), so a socket cannot be closed between two of its parts.",
  "LT-370":
    "Events are heard by an Observer in the program, so there is no monitor socket that could have a type.",
  "LT-518":
    "There is no poller object that holds sockets: a program awaits receive() of each, and the event loop polls.",
  "LT-519": "There is no poller object to which a socket could be added twice.",
  "LT-520": "There is no poller object from which a socket could be removed.",
  "LT-521": "There is no poller object in which a socket's events could be modified.",
  "LT-522": "There is no poller object, and so no mask of events that could be empty.",
  "LT-523": "There is no poller object, and so no mask of events that could be made empty.",
  "LT-527": "There is no poller object, and so no mask of events that could have unknown bits.",
  "LT-528": "There is no poller object, and so no mask of events that could get unknown bits.",
  "LT-532": "There is no poller object that could wait for nothing; who awaits no promise waits for nothing.",
  "V-30": "A fault of a native library's random source when a process ends; there is no native library here.",
};
