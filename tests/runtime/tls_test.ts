/**
 * The stream suite by TLS, and what TLS adds, against the adapter of the runtime that this runs on.
 */

import { describe } from "@std/testing/bdd";
import { loadTransports } from "../../src/io/platform.ts";
import type { StreamTransport } from "../../src/io/stream.ts";
import { streamSuite } from "../suites/stream_suite.ts";
import { certifiedTransport, tlsSuite } from "../suites/tls_suite.ts";

const { runtime, tls, tcp } = await loadTransports();

describe(`TLS on ${runtime}`, () => {
  const address = () => ({ host: "127.0.0.1", port: 0 });
  streamSuite(`${runtime} tls`, certifiedTransport(tls!), { address });
  // On Deno and Bun these are other streams than without a source, borrowed from Node's module.
  streamSuite(`${runtime} tls from a given address`, certifiedTransport(dialledFrom("127.0.0.1", tls!)), {
    address,
  });
  tlsSuite(`${runtime} tls`, tls!, tcp!);
  tlsSuite(`${runtime} tls from a given address`, dialledFrom("127.0.0.1", tls!), tcp!);
});

/** The same transport, dialling from this address. */
function dialledFrom(sourceHost: string, { dial, ...rest }: StreamTransport): StreamTransport {
  return { ...rest, dial: (address, ...others) => dial({ ...address, sourceHost }, ...others) };
}
