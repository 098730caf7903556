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
};
