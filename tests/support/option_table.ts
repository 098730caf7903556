/**
 * The README's option table, written from the table that the sockets themselves use. Print it with
 * `deno run tests/support/option_table.ts`.
 */

import { CONTEXT_OPTIONS, ContextOptionValues } from "../../src/socket/context_options.ts";
import { CONTEXT_FACTS, factName, type OptionFacts, SOCKET_FACTS } from "../../src/socket/option_facts.ts";
import type { Option } from "../../src/socket/option_kinds.ts";
import { SOCKET_OPTIONS } from "../../src/socket/option_table.ts";
import { SocketOptionValues } from "../../src/socket/option_values.ts";

/** The options of all twelve sockets, as a Markdown table. */
export function socketOptionTable(): string {
  return table(
    SOCKET_OPTIONS,
    SOCKET_FACTS,
    new SocketOptionValues(new ContextOptionValues()),
    "every socket",
  );
}

/** The options of a context, likewise. */
export function contextOptionTable(): string {
  return table(CONTEXT_OPTIONS, CONTEXT_FACTS, new ContextOptionValues(), "Context");
}

function table<Values>(
  options: readonly Option<Values>[],
  facts: OptionFacts<string>,
  defaults: Values,
  everyOwner: string,
): string {
  const lines = options.filter((option) => !option.hidden).map((option) =>
    line([
      `\`${option.name}\``,
      facts.constants[factName(option)]?.split(", ").map((each) => `\`${each}\``).join(", ") ?? "–",
      option.readOnly ? "read only" : option.range,
      `\`${option.read(defaults)}\``,
      option.owners.join(", ") || everyOwner,
      option.readOnly ? "" : effectOf(factName(option), facts),
    ])
  );
  return [
    line(["Option", "libzmq", "Values", "Default", "On", "Counts"]),
    line(["---", "---", "---", "---", "---", "---"]),
    ...lines,
    "",
  ].join("\n");
}

function effectOf(name: string, { keptOnly, atOnce, effect }: OptionFacts<string>): string {
  return keptOnly.includes(name) ? "kept only" : atOnce.includes(name) ? "at once" : effect;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

if (import.meta.main) console.log(`${contextOptionTable()}\n${socketOptionTable()}`);
