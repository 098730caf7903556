/**
 * What is particular to Unix sockets: the files they leave, names in the abstract namespace, lengths.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { lstat, readFile, rename, writeFile } from "node:fs/promises";
import type { StreamAddress, StreamTransport } from "../../src/io/stream.ts";
import { Pair, Recorder, SETTINGS, unexpected } from "./recorder.ts";

/** Declares the tests. `path` answers the path of a file that is not there yet. */
export function unixSuite(name: string, transport: StreamTransport, path: () => string): void {
  const listen = (address: StreamAddress) =>
    transport.listen(address, SETTINGS, () => new Recorder(), unexpected);
  const codeOfListen = (address: StreamAddress) =>
    listen(address).then(() => "no error", (error: { code?: unknown }) => error.code);

  describe(`${name}: files`, () => {
    it("the file is there while the listener is, and goes with it (UR-7)", async () => {
      const pair = await Pair.open(transport, { path: path() });
      assert((await lstat(pair.listener.address.path!)).isSocket());
      await pair.listener.close();
      assertEquals(await exists(pair.listener.address.path!), false);
      await pair.close();
    });

    it("a socket file that nobody listens on any more is replaced (UR-7)", async () => {
      const stale = await abandonedFile(transport, path);
      const pair = await Pair.open(transport, { path: stale });
      await pair.close();
      assertEquals(await exists(stale), false);
    });

    it("a plain file in the way stays, and the address is in use", async () => {
      const file = path();
      await writeFile(file, "precious");
      assertEquals(await codeOfListen({ path: file }), "EADDRINUSE");
      assertEquals(await readFile(file, "utf8"), "precious");
    });

    it("a directory that is not there is ENOENT", async () => {
      assertEquals(await codeOfListen({ path: `${path()}/socket` }), "ENOENT");
    });

    it("a path that sun_path cannot hold is ENAMETOOLONG, to listen and to dial, and is never cut (UR-7)", async () => {
      const long = `${path()}${"é".repeat(60)}`;
      assertEquals(await codeOfListen({ path: long }), "ENAMETOOLONG");
      const dial = transport.dial({ path: long }, SETTINGS, new Recorder(), new AbortController().signal);
      assertEquals(await dial.catch((error: { code?: unknown }) => error.code), "ENAMETOOLONG");
    });
  });
}

/** A socket file without a listener, as a killed process leaves it. */
async function abandonedFile(transport: StreamTransport, path: () => string): Promise<string> {
  const stale = path();
  const listener = await transport.listen({ path: path() }, SETTINGS, () => new Recorder(), unexpected);
  // Under another name the listener does not find its file when it closes.
  await rename(listener.address.path!, stale);
  await listener.close();
  assert(await exists(stale));
  return stale;
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}
