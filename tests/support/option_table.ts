/**
 * The README's option table, written from the table that the sockets themselves use. Print it with
 * `deno run tests/support/option_table.ts`.
 */

import { CONTEXT_OPTIONS, ContextOptionValues } from "../../src/socket/context_options.ts";
import type { Option } from "../../src/socket/option_kinds.ts";
import { SOCKET_OPTIONS } from "../../src/socket/option_table.ts";
import { SocketOptionValues } from "../../src/socket/option_values.ts";

/** The options of all twelve sockets, as a Markdown table. */
export function socketOptionTable(): string {
  return table(SOCKET_OPTIONS, new SocketOptionValues(new ContextOptionValues()), "every socket");
}

/** The options of a context, likewise. */
export function contextOptionTable(): string {
  return table(CONTEXT_OPTIONS, new ContextOptionValues(), "Context");
}

function table<Values>(options: readonly Option<Values>[], defaults: Values, everyOwner: string): string {
  const lines = options.filter((option) => !option.hidden).map((option) =>
    line([
      `\`${option.name}\``,
      option.constant === "" ? "–" : option.constant.split(", ").map((each) => `\`${each}\``).join(", "),
      option.readOnly ? "read only" : option.range,
      `\`${option.read(defaults)}\``,
      option.owners.join(", ") || everyOwner,
      option.readOnly ? "" : option.honoured ? option.effect : "kept only",
    ])
  );
  return [
    line(["Option", "libzmq", "Values", "Default", "On", "Counts"]),
    line(["---", "---", "---", "---", "---", "---"]),
    ...lines,
    "",
  ].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

if (import.meta.main) console.log(`${contextOptionTable()}\n${socketOptionTable()}`);
