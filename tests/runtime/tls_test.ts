/**
 * The stream suite by TLS, and what TLS adds, against the adapter of the runtime that this runs on.
 */

import { describe } from "@std/testing/bdd";
import { loadTransports } from "../../src/io/platform.ts";
import { streamSuite } from "../suites/stream_suite.ts";
import { certifiedTransport, tlsSuite } from "../suites/tls_suite.ts";

const { runtime, tls, tcp } = await loadTransports();

describe(`TLS on ${runtime}`, () => {
  const address = () => ({ host: "127.0.0.1", port: 0 });
  streamSuite(`${runtime} tls`, certifiedTransport(tls!), { address });
  tlsSuite(`${runtime} tls`, tls!, tcp!);
});
