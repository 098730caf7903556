/**
 * How long to wait before the next dial (`ZMQ_RECONNECT_IVL`, `ZMQ_RECONNECT_IVL_MAX`).
 *
 * @module
 */

/**
 * Milliseconds before try number `attempt` (0 for the first after a success). Without a maximum always the
 * interval and up to as much again by chance, so that a fleet does not come back in step; with one, doubling
 * up to it, and up to a quarter of it more.
 */
export function reconnectDelay(attempt: number, interval: number, maximum: number, random: number): number {
  if (maximum <= interval) return Math.round(interval + random * interval);
  const base = Math.min(interval * 2 ** Math.min(attempt, 31), maximum);
  return Math.round(base + random * Math.min(interval, maximum / 4));
}
