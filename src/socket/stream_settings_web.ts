/**
 * Takes the place of `stream_settings.ts` in a bundle for browsers: a page's WebSocket takes none.
 *
 * @module
 */

import type { StreamSettings } from "../io/stream.ts";

/** None. */
export function settings(): StreamSettings {
  return {} as StreamSettings;
}
