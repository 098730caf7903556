/**
 * Loaded by `node --import` before a test file: sends the bare names that the tests import to this folder,
 * and the package's own name to its entry. Node 22.15 and later; for Node 20 the runner rewrites the names
 * while it transpiles. `bare.json` is the one list of them.
 */

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

type Resolve = (
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => unknown,
) => unknown;

const names = JSON.parse(readFileSync(new URL("./bare.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

const resolve: Resolve = (specifier, context, next) => {
  const target = names[specifier];
  return next(target === undefined ? specifier : new URL(`../../${target}`, import.meta.url).href, context);
};

(registerHooks as (hooks: { resolve: Resolve }) => void)({ resolve });
