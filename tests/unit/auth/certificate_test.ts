/**
 * Certificates of CURVE: files as CZMQ's `zcert_save` and pyzmq's `zmq.auth.create_certificates` write them, in ZPL
 * (RFC 4), read and written; and what is none, refused.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { curveKeyPair, formatCertificate, parseCertificate, ZmqError } from "../../../mod.ts";
import { itNeeds, toolPath } from "../../support/legs.ts";
import { Random } from "../../support/reference.ts";

// With the characters that mean something else outside of quotes.
const PUBLIC = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
const SECRET = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
const HASH = "0000#".repeat(8);

const FROM_CZMQ = `#   ****  Generated on 2026-01-31 12:00:00 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate

metadata
    email = "ph@example.org"
    name = "P. H."
curve
    public-key = "${PUBLIC}"
    secret-key = "${SECRET}"
`;

describe("parseCertificate", () => {
  it("reads what CZMQ writes, secret and public", () => {
    const metadata = { email: "ph@example.org", name: "P. H." };
    assertEquals(parseCertificate(FROM_CZMQ), { publicKey: PUBLIC, secretKey: SECRET, metadata });
    const ofOthers = FROM_CZMQ.replace(/ {4}secret-key.*\n/, "");
    assertEquals(parseCertificate(ofOthers), { publicKey: PUBLIC, metadata });
  });

  it("takes values in either quotes or none, comments, other sections, deeper levels, and CR LF", () => {
    const text = [
      "# about",
      "metadata # the owner",
      '  # " not closed, and not to be',
      "    single = 'it has \"quotes\" and # in it'   # more",
      '    double = "it\'s"',
      "    bare = two words \t # and a comment",
      '    inside = say "so"',
      "    empty =",
      '    nothing = ""',
      "    switch",
      "    list",
      "        public-key = deeper",
      "    __proto__ = no harm",
      "other",
      "    public-key = elsewhere",
      "curve",
      `    public-key='${PUBLIC}'#`,
      "",
    ];
    for (const end of ["\n", "\r\n"]) {
      const { publicKey, metadata, ...more } = parseCertificate(`\ufeff${text.join(end)}`);
      assertEquals([publicKey, more], [PUBLIC, {}]);
      assertEquals(Object.entries(metadata), [
        ["single", 'it has "quotes" and # in it'],
        ["double", "it's"],
        ["bare", "two words"],
        ["inside", 'say "so"'],
        ["empty", ""],
        ["nothing", ""],
        ["switch", ""],
        ["list", ""],
        ["__proto__", "no harm"],
      ]);
    }
  });

  it("knows a # in a quoted key from a comment", () => {
    assertEquals(parseCertificate(`curve\n    public-key = "${HASH}" # it\n`).publicKey, HASH);
    refused(`curve\n    public-key = ${HASH}\n`, "a key has 40 characters of Z85");
  });

  const key = `    public-key = "${PUBLIC}"\n`;
  const cases: [what: string, text: string, reason: string][] = [
    ["nothing", "", "there is no public-key in a section curve"],
    ["a key outside of its section", `metadata\n${key}`, "there is no public-key in a section curve"],
    ["a key that is not indented", `curve\n${key.trim()}\n`, "there is no public-key in a section curve"],
    ["a key of 39 characters", `curve\n${key.replace("Y", "")}`, "a key has 40 characters of Z85"],
    ["a key that is no Z85", `curve\n${key.replace("Y", "~")}`, "a key has 40 characters of Z85"],
    [
      "a key of too large numbers",
      `curve\n    public-key = "${"#".repeat(40)}"`,
      "a key has 40 characters of Z85",
    ],
    ["a broken secret key", `curve\n${key}    secret-key = "x"\n`, "a key has 40 characters of Z85"],
    ["two public keys", `curve\n${key}${key}`, "line 3: public-key is given twice"],
    ["two public keys in two sections", `curve\n${key}curve\n${key}`, "line 4: public-key is given twice"],
    ["a name given twice", `metadata\n    a = 1\n    a = 2\ncurve\n${key}`, "line 3: a is given twice"],
    ["a level of three spaces", `curve\n${key.slice(1)}`, "line 2 is no ZPL (RFC 4)"],
    ["a level of a tab", `curve\n\t${key.trim()}\n`, "line 2 is no ZPL (RFC 4)"],
    ["a level that has none above", `    curve\n${key}`, "line 1 is no ZPL (RFC 4)"],
    ["two levels at once", `curve\n    ${key}`, "line 2 is no ZPL (RFC 4)"],
    ["a quote that does not end", `curve\n    public-key = "${PUBLIC}\n`, "line 2 is no ZPL (RFC 4)"],
    ["text behind a quote", `curve\n    public-key = "${PUBLIC}" x\n`, "line 2 is no ZPL (RFC 4)"],
    ["a name with a blank", `metadata\n    a b = c\ncurve\n${key}`, "line 2 is no ZPL (RFC 4)"],
    ["a NUL", `metadata\n    a = "\0"\ncurve\n${key}`, "line 2 is no ZPL (RFC 4)"],
    ["a carriage return in a value", `metadata\n    a = "x\ry"\ncurve\n${key}`, "line 2 is no ZPL (RFC 4)"],
    ["another kind of file", "-----BEGIN CERTIFICATE-----\n", "line 1 is no ZPL (RFC 4)"],
    ["too many lines", `curve\n${key}${"\n".repeat(1000)}`, "1003 lines are too many"],
    ["too many characters", `curve\n${key}#${" ".repeat(65536)}`, "65603 characters are too many"],
  ];
  for (const [what, text, reason] of cases) {
    it(`refuses ${what}: EINVAL`, () => refused(text, reason));
  }

  it("shows no key in an error", () => {
    const text = FROM_CZMQ.replace("D:)Q", "D:)Q0");
    assertEquals(refused(text, "a key has 40 characters of Z85").message.includes("IlAW"), false);
  });

  it("takes no longer than the text is long, whatever it is", () => {
    const begun = performance.now();
    const long = 65_000;
    for (const character of [" ", "\t", "a", "'", '"', "#", "="]) {
      for (const before of ["curve", "a =", 'a = "', 'a = ""', "a = b", "    a", ""]) {
        for (const after of ["", "!", '"', "\x01", "\u2028x"]) {
          assertThrows(() => parseCertificate(before + character.repeat(long) + after), ZmqError);
        }
      }
    }
    // A square of the length would be minutes.
    assertEquals(performance.now() - begun < 5000, true);
  });

  it("either reads arbitrary changes of a certificate or refuses them with EINVAL", () => {
    const random = new Random(4);
    let refusals = 0;
    for (let round = 0; round < 2000; round++) {
      const characters = [...FROM_CZMQ];
      for (let changes = random.between(1, 4); changes > 0; changes--) {
        const by = random.pick(["", "\n", " ", '"', "'", "#", "=", "\0", "x", "    "]);
        characters[random.below(characters.length)] = by;
      }
      try {
        assertEquals(parseCertificate(characters.join("")).publicKey.length, 40);
      } catch (error) {
        if (!(error instanceof ZmqError)) throw error;
        assertEquals(error.code, "EINVAL");
        refusals++;
      }
    }
    assertEquals(refusals > 200 && refusals < 2000, true, `${refusals} refused`);
  });
});

describe("formatCertificate", () => {
  it("writes what can be read again, with the secret only if it is given", () => {
    const pair = curveKeyPair();
    const metadata = {
      name: "Alice",
      "e-mail": "a@b # c",
      quote: "it's",
      other: 'a "b"',
      empty: "",
      umlaut: "Zoë",
    };
    const secret = formatCertificate({ ...pair, metadata });
    assertEquals(parseCertificate(secret), { ...pair, metadata });
    const { publicKey } = pair;
    const text = formatCertificate({ publicKey, metadata });
    assertEquals(parseCertificate(text), { publicKey, metadata });
    assertEquals(text.includes(pair.secretKey), false);
    assertEquals(parseCertificate(formatCertificate({ publicKey })), { publicKey, metadata: {} });
  });

  it("refuses what ZPL cannot carry, and what is no key: EINVAL", () => {
    const { publicKey, secretKey } = curveKeyPair();
    for (
      const metadata of [{ "a b": "x" }, { "": "x" }, { "a=": "x" }, { a: `"'` }, { a: "x\ny" }, {
        a: "x\ry",
      }, {
        a: "\0",
      }] as Record<string, string>[]
    ) {
      const error = assertThrows(() => formatCertificate({ publicKey, metadata }), ZmqError) as ZmqError;
      assertEquals([error.code, error.message.startsWith("Cannot write a certificate: ")], ["EINVAL", true]);
    }
    const short = secretKey.slice(1);
    assertEquals(code(() => formatCertificate({ publicKey: short })), "EINVAL");
    assertEquals(code(() => formatCertificate({ publicKey, secretKey: short })), "EINVAL");
  });
});

describe("certificates of pyzmq", () => {
  itNeeds(["python"], "are read here, and ours there", () => {
    const folder = mkdtempSync(join(tmpdir(), "puremq-certificates-"));
    try {
      const program = [
        "import sys, zmq.auth",
        "folder = sys.argv[1]",
        "zmq.auth.create_certificates(folder, 'theirs', metadata={'name': 'Bob', 'says': 'it is \"so\"'})",
        "for name in ('ours.key', 'ours.key_secret', 'theirs.key_secret'):",
        "    public, secret = zmq.auth.load_certificate(folder + '/' + name)",
        "    print(public.decode(), secret.decode() if secret else '-')",
        "print(len(zmq.auth.load_certificates(folder)))",
      ].join("\n");
      const pair = curveKeyPair();
      const metadata = { name: "Alice", quote: 'a "b"' };
      writeFileSync(join(folder, "ours.key"), formatCertificate({ publicKey: pair.publicKey, metadata }));
      writeFileSync(join(folder, "ours.key_secret"), formatCertificate({ ...pair, metadata }));
      const said = execFileSync(toolPath("python")!, ["-c", program, folder], { encoding: "utf8" });
      const [open, both, theirs, count] = said.trim().split("\n");
      assertEquals(open, `${pair.publicKey} -`);
      assertEquals(both, `${pair.publicKey} ${pair.secretKey}`);
      assertEquals(count, "2");
      const [publicKey, secretKey] = theirs!.split(" ");
      const read = (name: string) => parseCertificate(readFileSync(join(folder, name), "utf8"));
      assertEquals(read("theirs.key"), { publicKey: publicKey!, metadata: {} });
      assertEquals(read("theirs.key_secret"), {
        publicKey: publicKey!,
        secretKey: secretKey!,
        metadata: { name: "Bob", says: 'it is "so"' },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function refused(text: string, reason: string): ZmqError {
  const error = assertThrows(() => parseCertificate(text), ZmqError) as ZmqError;
  assertEquals([error.code, error.message], ["EINVAL", `Not a certificate: ${reason}`]);
  return error;
}

function code(action: () => unknown): string {
  return (assertThrows(action, ZmqError) as ZmqError).code;
}
