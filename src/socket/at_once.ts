/**
 * Which options count at once, by their properties' names: nobody is warned who sets one late.
 *
 * @module
 */

import type { SocketOptionValues } from "./option_values.ts";

/** `option_facts.ts` tells people of the same. */
export const AT_ONCE: ReadonlySet<keyof SocketOptionValues> = new Set<keyof SocketOptionValues>([
  "linger",
  "sendHighWaterMark",
  "sendTimeout",
  "receiveHighWaterMark",
  "receiveTimeout",
  "reconnectStop",
  "probeRouter",
  "mandatory",
  "handover",
  "correlate",
  "relaxed",
  "verbosity",
  "noDrop",
  "manual",
  "manualLastValue",
  "onlyFirstSubscribe",
  "verboseUnsubscribe",
  "welcomeMessage",
  "helloMessage",
  "disconnectMessage",
  "hiccupMessage",
  "invertMatching",
  "maxSubscriptions",
  "maxSubscriptionTotal",
  "maxDepartedPeers",
  "notify",
]);
