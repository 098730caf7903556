/**
 * Takes the place of `secured_message_engine.ts` in a bundle for browsers, where there is no mechanism.
 *
 * @module
 */

export { ZwsMessageEngine as SecuredMessageEngine } from "./message_engine.ts";
