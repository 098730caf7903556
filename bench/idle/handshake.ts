/**
 * The bytes with which a ZMTP 3.0 peer introduces itself under NULL, said all at once: greeting and READY. A
 * bare connection carries the same, so that it is as warm.
 *
 * @module
 */

/** Octets of a greeting (23/ZMTP). */
export const GREETING_SIZE = 64;

/**
 * A SUB's subscription to everything, as a message. Not before the other's READY: libzmq takes what follows a
 * READY for a command until it has sent its own.
 */
export const SUBSCRIPTION: Uint8Array = new Uint8Array([0x00, 1, 1]);

/** What a peer of this type says first. */
export function handshake(type: "ROUTER" | "DEALER" | "SUB"): Uint8Array {
  const greeting = new Uint8Array(GREETING_SIZE);
  greeting[0] = 0xff;
  greeting[9] = 0x7f;
  greeting[10] = 3;
  greeting.set(latin1("NULL"), 12);
  const ready = [...short("READY"), ...property("Socket-Type", type), ...property("Identity", "")];
  return new Uint8Array([...greeting, 0x04, ready.length, ...ready]);
}

/** Whether these are a whole greeting and a whole READY. */
export function isComplete(received: Uint8Array): boolean {
  return received.length >= GREETING_SIZE + 2 &&
    received.length >= GREETING_SIZE + 2 + received[GREETING_SIZE + 1]!;
}

function property(name: string, value: string): number[] {
  return [...short(name), 0, 0, 0, value.length, ...latin1(value)];
}

function short(name: string): number[] {
  return [name.length, ...latin1(name)];
}

function latin1(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
