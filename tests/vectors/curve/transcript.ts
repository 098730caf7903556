/**
 * One conversation of CURVE: what goes in, and every octet that comes out. Made with npm's tweetnacl 1.0.3 alone,
 * a port of NaCl's reference code, by the steps of RFC 26; tests/unit/mechanism/curve_oracle_test.ts makes it
 * again wherever that package is to be had.
 */

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => parseInt(octet, 16));
}

/** So many octets, each one more than the one before. */
function run(first: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

const clientKey = hex("d89e3bad79437dbed9f843418304f460ff05c7fe81fe4a9577a804cb9367ff66");
const serverKey = hex("79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a");

/** Keys, dice in the order in which they are thrown, properties and messages. */
export const INPUT = {
  client: { publicKey: clientKey, secretKey: run(0x10, 32), serverKey },
  server: { publicKey: serverKey, secretKey: run(0x40, 32) },
  /** The secret of C', and the nonce of the vouch. */
  clientRandom: [run(0x70, 32), run(0xa0, 16)],
  /** The secret of S', the cookie's key K, the nonces of cookie and WELCOME. */
  serverRandom: [run(0xc0, 32), run(0x30, 32), run(0xe0, 16), run(0xf0, 16)],
  clientProperties: [["Socket-Type", text("DEALER")], ["Identity", text("client")]],
  serverProperties: [["Socket-Type", text("ROUTER")], ["Identity", new Uint8Array(0)]],
  clientMessage: text("a question"),
  serverMessage: text("an answer"),
} as const;

/** The commands, each whole. */
export const TRANSCRIPT = {
  hello: hex(
    "0548454c4c4f010000000000000000000000000000000000000000000000000000000000000000000000000000000000" +
      "000000000000000000000000000000000000000000000000000000000000000023b7bb8c91ae008711fb12846780bcdf" +
      "1e065f821bdfec49f57e7c7dcd4c48230000000000000001ddf602229fe1be460dc34c49f21c110d713c8c4139567e3c" +
      "cadd31c11f10268fd6fe0e8fa5df2517ee666e3bb586c54fee2b6d2218785f03196e83b40c5a4805d3cac936ec553bc1" +
      "960c7095729704fe",
  ),
  welcome: hex(
    "0757454c434f4d45f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff87e093c5f613d1006c141f80e5716c0e9b7d3722718e5558" +
      "4823bb4c28f197ac88ce0254ffa9b94e58a25910110b51b209f6553763e330d002343bffe289eb666696f2638c4ac91d" +
      "3df804085d38036540480605db54d73eb5974a069e729ec0ef0dd290f957013cdbd65813509b26d6d55f68b7508fc5e0" +
      "060c2b71476582c54b70724a2e5657b26381af97b9c5b62c",
  ),
  initiate: hex(
    "08494e495449415445e0e1e2e3e4e5e6e7e8e9eaebecedeeef6984919ec82df2a0b04afcf54a00d97c190ddba6e4b14e" +
      "7473255d281baaee9c561154a0db1c026309a1c46a9199a7ce4300e38d8f22f1a1d74f4d1cecc3202e012c1667548df1" +
      "8fa471dfdf02291dfa0000000000000002bd9eec1176e9887e91a675599ae6891673519ab644db525a3daab98840971f" +
      "73e37b65dc7833af179d14991f35eb4e66c17f1fc3de856f78284246236aa945542960c5735c782095e1d8bee36df84b" +
      "ba48b8766ae7a74a1edd47d7b8ead74cdd0503bab41b3bdc01b3560a1659765697b732cbf5dfa9f07a4393140e717a24" +
      "c5ed2bafbd1c195b744092f3da6639a29bee42cf7f06c6e3b20e8e2e1a3846500dfd257ef2b3122240c093bd8f00fa87" +
      "818bdc5b4a586d06d9b5",
  ),
  ready: hex(
    "0552454144590000000000000001799b3410b2b6047b348cd5daa86862789aa8c5cdf2b5087ad293d4c21e2653bbe47b" +
      "b747902727f35115b7f72a9e40f78d4a83",
  ),
  clientMessage: hex(
    "074d4553534147450000000000000003565c256277d1ccbd9957d8a936e52ab1a66f0798ce8a9434821229",
  ),
  serverMessage: hex("074d4553534147450000000000000002ddbd16f097ba934612e28a299abcae2ed3b5d9cb659d144891dc"),
} as const;
