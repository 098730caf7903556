/** `keygen`: keys on stdout as libzmq's `curve_keygen` prints them, and certificate files that only their owner reads. */

import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { curvePublicKey, parseCertificate } from "../../mod.ts";
import { test } from "../interop/scope.ts";
import { run } from "./tool.ts";

const KEY = "[0-9A-Za-z.\\-:+=^!/*?&<>()[\\]{}@%$#]{40}";

describe("keygen", () => {
  test("prints a public key and the secret key of it, another pair each time", async (scope) => {
    const form = new RegExp(`^== CURVE PUBLIC KEY ==\n(${KEY})\n\n== CURVE SECRET KEY ==\n(${KEY})\n$`);
    const made: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { code, stdout, stderr } = await run(scope, ["keygen"]);
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, form);
      const [, publicKey, secretKey] = stdout.match(form)!;
      assertEquals(curvePublicKey(secretKey!), publicKey);
      made.push(secretKey!);
    }
    assertNotEquals(made[0], made[1]);
  });

  test("prints the pair as a line of JSON", async (scope) => {
    const { code, stdout, stderr } = await run(scope, ["keygen", "--json"]);
    assertEquals([code, stderr], [0, ""]);
    const { publicKey, secretKey, ...more } = JSON.parse(stdout);
    assertEquals([curvePublicKey(secretKey), more, stdout.split("\n").length], [publicKey, {}, 2]);
  });

  test("writes certificates, the secret one with mode 0600, and prints the public key alone", async (scope) => {
    const file = scope.path();
    const about = ["--metadata", "name=Alice", "--metadata", "e-mail=a=b"];
    const { code, stdout, stderr } = await run(scope, ["keygen", "--certificate", file, ...about]);
    assertEquals([code, stderr], [0, `zmq: ${file} is for others; ${file}_secret is yours alone\n`]);
    const { publicKey, secretKey, metadata } = parseCertificate(readFileSync(`${file}_secret`, "utf8"));
    assertEquals(stdout, `== CURVE PUBLIC KEY ==\n${publicKey}\n`);
    assertEquals(metadata, { name: "Alice", "e-mail": "a=b" });
    assertEquals(curvePublicKey(secretKey!), publicKey);
    assertEquals(parseCertificate(readFileSync(file, "utf8")), { publicKey, metadata });
    if (process.platform !== "win32") {
      assertEquals((statSync(`${file}_secret`).mode & 0o777).toString(8), "600");
      assertEquals(statSync(file).mode & 0o133, 0);
    }
  });

  test("says as JSON where the certificates are", async (scope) => {
    const file = scope.path();
    const { code, stdout, stderr } = await run(scope, ["keygen", "--json", "--certificate", file]);
    assertEquals([code, stderr], [0, ""]);
    const { publicKey } = parseCertificate(readFileSync(file, "utf8"));
    assertEquals(JSON.parse(stdout), { publicKey, certificate: file, secretCertificate: `${file}_secret` });
  });

  test("overwrites neither file, and leaves none behind", async (scope) => {
    for (const taken of ["", "_secret"]) {
      const file = scope.path();
      writeFileSync(file + taken, "mine");
      const { code, stdout, stderr } = await run(scope, ["keygen", "--certificate", file]);
      assertEquals([code, stdout], [1, ""]);
      assertEquals(stderr, `zmq: ${file}${taken} is there already, and stays as it is\n`);
      assertEquals(readFileSync(file + taken, "utf8"), "mine");
      assertEquals(existsSync(file + (taken === "" ? "_secret" : "")), false);
    }
  });

  test("writes no secret where a link leads", async (scope) => {
    const file = scope.path();
    const target = scope.path();
    symlinkSync(target, `${file}_secret`);
    const { code, stdout } = await run(scope, ["keygen", "--certificate", file]);
    assertEquals([code, stdout, existsSync(target), existsSync(file)], [1, "", false, false]);
  });

  test("ends with 1 and one sentence where nothing can be written", async (scope) => {
    const folder = scope.path();
    const { code, stdout, stderr } = await run(scope, ["keygen", "--certificate", `${folder}/no/a.key`]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^zmq: cannot write .*no\/a\.key: .*\n$/);
  });

  for (
    const [args, sentence] of [
      [["--metadata", "name=x"], "--metadata is for the files of --certificate"],
      [["--certificate", ""], '--certificate is the name of the public file, not ""'],
      [["--certificate", "a_secret"], '--certificate is the name of the public file, not "a_secret"'],
      [["--certificate", "a/"], '--certificate is the name of the public file, not "a/"'],
      [["--certificate", "FILE", "--metadata", "name"], '--metadata is NAME=VALUE, not "name"'],
      [["--certificate", "FILE", "--metadata", "a b=c"], '"a b" is no name of ZPL'],
      [["alice"], 'keygen does not take "alice"'],
    ] as const
  ) {
    test(`refuses ${args.join(" ")}, and writes nothing`, async (scope) => {
      const file = scope.path();
      const given = args.map((each) => each === "FILE" ? file : each);
      const { code, stdout, stderr } = await run(scope, ["keygen", ...given]);
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(stderr, sentence);
      assertEquals(existsSync(file), false);
      assertEquals(readdirSync(".").filter((name) => name === "a_secret"), []);
    });
  }
});
