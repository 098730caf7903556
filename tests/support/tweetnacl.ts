/**
 * NaCl's boxes by npm's tweetnacl, which shares nothing with ours.
 */

import { createRequire } from "node:module";
import type { Nacl } from "./curve_by_hand.ts";
import { toolPath } from "./legs.ts";

type Box = (text: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array) => Uint8Array;

/** As much of tweetnacl as is used. */
interface TweetNacl {
  readonly box: Box & {
    readonly open: (...args: Parameters<Box>) => Uint8Array | null;
    readonly keyPair: { fromSecretKey(secretKey: Uint8Array): { readonly publicKey: Uint8Array } };
  };
  secretbox(text: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
}

/** Its boxes; `undefined` where it is not installed. */
export function tweetNacl(): { readonly nacl: Nacl; readonly secretbox: TweetNacl["secretbox"] } | undefined {
  const folder = toolPath("cryptography");
  if (folder === undefined) return undefined;
  const tweet = createRequire(import.meta.url)(`${folder}/node_modules/tweetnacl/nacl.js`) as TweetNacl;
  return {
    nacl: {
      publicKeyOf: (secretKey) => tweet.box.keyPair.fromSecretKey(secretKey).publicKey,
      box: (text, nonce, publicKey, secretKey) => tweet.box(text, nonce, publicKey, secretKey),
      unbox: (box, nonce, publicKey, secretKey) =>
        tweet.box.open(box, nonce, publicKey, secretKey) ?? undefined,
    },
    secretbox: tweet.secretbox,
  };
}
