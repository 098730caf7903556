/**
 * NaCl's boxes by npm's tweetnacl, which shares nothing with ours.
 */

import { createRequire } from "node:module";
import type { Nacl } from "./curve_by_hand.ts";
import { toolPath } from "./legs.ts";

/** As much of tweetnacl as is used. */
interface TweetNacl {
  readonly box: {
    before(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array;
    after(text: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
    readonly open: { after(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null };
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
      box: (text, nonce, publicKey, secretKey) => {
        return tweet.box.after(text, nonce, keyBetween(tweet, publicKey, secretKey));
      },
      unbox: (box, nonce, publicKey, secretKey) => {
        return tweet.box.open.after(box, nonce, keyBetween(tweet, publicKey, secretKey)) ?? undefined;
      },
    },
    secretbox: tweet.secretbox,
  };
}

/** Keys by both of their halves: tweetnacl takes milliseconds for one, and a connection has many boxes under it. */
const keys = new Map<string, Uint8Array>();

function keyBetween(tweet: TweetNacl, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const name = `${publicKey} ${secretKey}`;
  let key = keys.get(name);
  if (key === undefined) keys.set(name, key = tweet.box.before(publicKey, secretKey));
  return key;
}
