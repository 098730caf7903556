/**
 * Contexts in a page: takes the place of `any_context.ts` in a bundle for browsers. Only a program that names them
 * carries what is needed to share them with Workers.
 *
 * @module
 */

import { catchHello, sayHello, threadAbove } from "../inproc/hello.ts";
import { useThreads } from "../inproc/load_threads_web.ts";
import { makeThreads } from "../inproc/threads.ts";
import { Context as BareContext, context as bareContext } from "./context.ts";

/** The class of contexts. */
export const Context: typeof BareContext = /* @__PURE__ */ withThreads(BareContext);

/** The default context. */
export const context: BareContext = /* @__PURE__ */ withThreads(bareContext);

function withThreads<T>(what: T): T {
  useThreads({ makeThreads, catchHello, sayHello, threadAbove });
  return what;
}
