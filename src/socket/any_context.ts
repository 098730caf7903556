/**
 * Contexts as programs know them. A bundler for browsers takes `any_context_web.ts` instead, as `src/package.json`
 * says.
 *
 * @module
 */

export { Context, context } from "./context.ts";
