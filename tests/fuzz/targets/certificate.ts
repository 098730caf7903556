/**
 * Certificates of CURVE as text (RFC 4).
 */

import { formatCertificate, parseCertificate } from "../../../src/auth/certificate.ts";
import type { CurveCertificate } from "../../../src/auth/certificate.ts";
import { ZmqError } from "../../../src/base/errors.ts";
import { must, refused } from "../holds.ts";
import { textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly text: string;
  readonly secret: boolean;
  readonly metadata: { readonly name: string; readonly value: string }[];
}

const KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const TOKENS = [
  "curve",
  "metadata",
  "\n",
  "\n    ",
  "    ",
  " ",
  "public-key",
  "secret-key",
  " = ",
  "=",
  `"${KEY}"`,
  KEY,
  '"',
  "'",
  "#",
  "\t",
  "\r\n",
  "name",
  "\ufeff",
  `\ncurve\n    public-key = "${KEY}"\n`,
];

export const certificate: AnyTarget = target<Input>({
  name: "certificate",
  promise: "is read or refused with EINVAL, shows no key in an error, and comes out as it went in",
  input: (fc) =>
    fc.record<Input>({
      text: textOf(fc, TOKENS, 30),
      secret: fc.boolean(),
      metadata: fc.array(
        fc.record({
          name: textOf(fc, ["a", "Z", "-", "/", "$", "__proto__", "name", " ", "="], 3),
          value: textOf(fc, ["x", " ", "#", '"', "'", "=", "é", "\t", "\n", "\x01"], 6),
        }),
        { maxLength: 4 },
      ),
    }),
  check({ text, secret, metadata }) {
    const error = refused(ZmqError, () => parseCertificate(text));
    if (error !== undefined) mustBeDiscreet(error);
    const given: CurveCertificate = {
      publicKey: KEY,
      ...(secret ? { secretKey: KEY } : {}),
      metadata: Object.fromEntries(metadata.map(({ name, value }) => [name, value])),
    };
    let written = "";
    const cannot = refused(ZmqError, () => written = formatCertificate(given));
    if (cannot !== undefined) return mustBeDiscreet(cannot);
    const read = parseCertificate(written);
    must(JSON.stringify(read.metadata) === JSON.stringify(given.metadata), "other metadata");
    must(read.publicKey === KEY && read.secretKey === given.secretKey, "another key");
  },
});

function mustBeDiscreet({ code, message }: ZmqError): void {
  must(code === "EINVAL", `the code ${code}`);
  must(!message.includes(KEY), "a key in the text of an error");
  must(message.length < 300, `an error of ${message.length} characters`);
}
