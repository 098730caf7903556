/**
 * What the tests of devices send, and what they receive, as text.
 */

/** So many different messages. */
export function numbers(count: number, prefix = ""): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** The next so many messages. */
export async function texts(
  socket: { receive(): Promise<readonly Uint8Array[]> },
  count: number,
): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) found.push((await socket.receive()).map(String).join(" "));
  return found;
}
