/**
 * Which options count at once, by their properties' names: nobody is warned who sets one late.
 *
 * @module
 */

/** `option_facts.ts` has the same for people. */
export const AT_ONCE: ReadonlySet<string> = new Set([
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
