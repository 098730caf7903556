import { assertEquals, assertThrows } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z85Encode, ZmqError } from "../../../mod.ts";
import { CertificateFolder } from "../../../src/auth/certificate_folder.ts";

const KEYS = Array.from({ length: 4 }, (_, i) => z85Encode(new Uint8Array(32).fill(i + 1)));

/** A public certificate, as CZMQ's zcert_save writes it. */
function certificate(publicKey: string, ...metadata: string[]): string {
  const lines = ["metadata", ...metadata.map((each) => `    ${each}`), "curve"];
  return ["#   ZeroMQ CURVE Public Certificate", ...lines, `    public-key = "${publicKey}"`, ""].join("\n");
}

describe("a folder of certificates", () => {
  let folder: string;
  let time: number;
  let failures: string[];
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const open = () => {
    return new CertificateFolder(
      folder,
      (file, { message }) => failures.push(`${file.slice(folder.length + 1)}: ${message}`),
      () => time,
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "puremq-certificates-"));
    time = 0;
    failures = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("has the keys of its files by whatever names, and what they say", () => {
    put("joe.key", certificate(KEYS[0]!, 'name = "Joe"', 'email = "joe@example.org"'));
    put("mary", certificate(KEYS[1]!));
    mkdirSync(join(folder, "subfolder"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    const found = open();
    assertEquals(found.find(KEYS[0]!), { name: "Joe", email: "joe@example.org" });
    assertEquals(found.find(KEYS[1]!), {});
    assertEquals(found.find(KEYS[2]!), undefined);
    assertEquals(failures, []);
  });

  it("passes over files of secret keys and hidden ones", () => {
    put("joe.key_secret", certificate(KEYS[0]!));
    put("joe_secret", certificate(KEYS[1]!));
    put(".joe.key", certificate(KEYS[2]!));
    const found = open();
    assertEquals(KEYS.map((key) => found.find(key)), [undefined, undefined, undefined, undefined]);
    assertEquals(failures, []);
  });

  it("is looked at again a second later and no sooner, whatever came, changed and went", () => {
    put("joe.key", certificate(KEYS[0]!, 'name = "Joe"'));
    put("mary.key", certificate(KEYS[1]!));
    const found = open();
    put("new.key", certificate(KEYS[2]!));
    put("joe.key", certificate(KEYS[3]!, 'name = "Joseph"'));
    rmSync(join(folder, "mary.key"));
    const state = () => KEYS.map((key) => found.find(key)?.name ?? (found.find(key) ? "" : undefined));
    time = 999;
    assertEquals(state(), ["Joe", "", undefined, undefined]);
    time = 1000;
    assertEquals(state(), [undefined, undefined, "", "Joseph"]);
    renameSync(join(folder, "new.key"), join(folder, "new.key_secret"));
    time = 2000;
    assertEquals(state(), [undefined, undefined, undefined, "Joseph"]);
  });

  it("tells of a file that is no certificate each time that it changes, and has the others", () => {
    put("joe.key", certificate(KEYS[0]!));
    put("empty", "");
    put("large", `${certificate(KEYS[1]!)}#${"x".repeat(65536)}`);
    put("key", certificate(KEYS[2]!.slice(1)));
    const found = open();
    const told = () => failures.splice(0).map((each) => each.split(":")[0]);
    assertEquals(told(), ["empty", "key", "large"]);
    time = 1000;
    assertEquals([found.find(KEYS[0]!), found.find(KEYS[1]!)], [{}, undefined]);
    assertEquals(told(), []);
    put("empty", "still none");
    utimesSync(join(folder, "empty"), 1, 1);
    time = 2000;
    found.find(KEYS[0]!);
    assertEquals(told(), ["empty"]);
  });

  it("leaves out metadata that has no name for a handshake (RFC 37), and says so", () => {
    put("joe.key", certificate(KEYS[0]!, 'na@me = "Joe"', 'role = "admin"'));
    assertEquals(open().find(KEYS[0]!), { role: "admin" });
    assertEquals(failures.length, 1);
  });

  it("that is gone lets nobody in until it is there again", () => {
    put("joe.key", certificate(KEYS[0]!));
    const found = open();
    rmSync(folder, { recursive: true });
    assertEquals(found.find(KEYS[0]!), {});
    for (time of [1000, 1001]) {
      const error = assertThrows(() => found.find(KEYS[0]!), ZmqError);
      assertEquals([error.code, error.address], ["ENOENT", folder]);
    }
    mkdirSync(folder);
    assertEquals(found.find(KEYS[0]!), undefined);
    put("joe.key", certificate(KEYS[0]!));
    time = 3000;
    assertEquals(found.find(KEYS[0]!), {});
  });

  it("that cannot be read is an error from the beginning", () => {
    put("file", "");
    folder = join(folder, "file");
    assertEquals((assertThrows(open, ZmqError) as ZmqError).code, "ENOTDIR");
    folder = join(folder, "..");
  });
});
