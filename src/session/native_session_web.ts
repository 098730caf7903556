/**
 * Takes the place of `native_session.ts` in a bundle for browsers.
 *
 * @module
 */

export { StreamSession as NativeSession } from "./stream_session.ts";
