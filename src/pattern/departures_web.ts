/**
 * Takes the place of `departures.ts` in a bundle for browsers: a page's peers are servers that it has chosen, and its
 * own threads. They let go of their topics at once.
 *
 * @module
 */

export { Ring as Notices } from "../base/ring.ts";
export { Topics as DepartingTopics } from "./topics.ts";
