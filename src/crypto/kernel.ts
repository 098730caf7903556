/**
 * The WebAssembly kernel's one instance in this thread: Salsa20, Poly1305 and X25519. Its source is kernel/*.as,
 * what is run is kernel_code.ts. It is compiled when it is first asked for, at once: 9 kB, one to two milliseconds.
 * Where there is none (no WebAssembly or no SIMD in it, a policy that forbids it) the twins in TypeScript do the
 * same; that both agree is held by direction_test.ts and x25519_test.ts in tests/unit/crypto.
 *
 * @module
 */

import { KERNEL_CODE } from "./kernel_code.ts";

const MAC_SIZE = 16;
/** The window for texts: from here on in the kernel's memory, and as long. As in kernel/layout.as. */
const WINDOW = 65536;
/** Where a text is put, with the room for its MAC before it. */
export const TEXT: number = WINDOW + MAC_SIZE;
/** What fits there. Whole blocks of Poly1305, so that a longer text can go through in pieces of it. */
export const PIECE: number = WINDOW - MAC_SIZE;
/** As in kernel/layout.as. */
const KEY = 0;
const SCALAR = 1024;
const POINT = 1056;

/** What the kernel exports; kernel/kernel.as says what each does. Addresses are those of its memory. */
interface Code {
  readonly memory: { readonly buffer: ArrayBuffer };
  start(nonce0: number, nonce1: number): void;
  startMac(key: number): void;
  cipher(at: number, length: number): void;
  absorb(at: number, length: number): void;
  finish(to: number): void;
  verify(mac: number): number;
  seal(nonce0: number, nonce1: number, at: number, length: number): void;
  open(nonce0: number, nonce1: number, at: number, length: number): number;
  ladder(): void;
  encode(to: number, element: number): void;
  wipe(): void;
}

/** The instance, with its memory. */
export class Kernel {
  readonly code: Code;
  /** Its memory: never grows, so this stays. */
  readonly buffer: ArrayBuffer;
  readonly octets: Uint8Array;
  /** The part of it for texts. */
  readonly window: Uint8Array;
  #held: Uint8Array | undefined;
  #box: Uint8Array;

  constructor(code: Code) {
    this.code = code;
    this.buffer = code.memory.buffer;
    this.octets = new Uint8Array(this.buffer);
    this.window = new Uint8Array(this.buffer, WINDOW, WINDOW);
    this.#box = this.window;
  }

  /** What follows is under this key of 32 octets, which must not change until it is forgotten. */
  hold(key: Uint8Array): void {
    if (this.#held === key) return;
    this.octets.set(key, KEY);
    this.#held = key;
  }

  /** Leaves nothing of a key in the kernel's memory, nor of what was derived from it. */
  forget(): void {
    this.code.wipe();
    this.#held = undefined;
  }

  /** The MAC and the text in the window. The last view is kept, for streams of messages of one size. */
  box(length: number): Uint8Array {
    if (this.#box.length !== length + MAC_SIZE) {
      this.#box = new Uint8Array(this.buffer, TEXT - MAC_SIZE, length + MAC_SIZE);
    }
    return this.#box;
  }

  /** X25519. */
  multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array {
    this.octets.set(scalar, SCALAR);
    this.octets.set(point, POINT);
    this.code.ladder();
    const product = this.octets.slice(POINT, POINT + 32);
    this.octets.fill(0, POINT, POINT + 32);
    return product;
  }
}

let instance: Kernel | undefined;
let asked = false;

/** The kernel of this thread; undefined where it cannot run. */
export function kernel(): Kernel | undefined {
  if (asked) return instance;
  asked = true;
  try {
    const module = new WebAssembly.Module(decoded(KERNEL_CODE));
    const { exports } = new WebAssembly.Instance(module);
    instance = new Kernel(exports as unknown as Code);
  } catch {
    // The twins do it.
  }
  return instance;
}

/** A loop: `Uint8Array.from` with a function takes three milliseconds, this one half of one. */
function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
