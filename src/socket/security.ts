/**
 * How the connections of a socket are secured (RFC 37, "mechanisms"), and whom the authentication handler lets in
 * (RFC 27). The options count as they are when an endpoint is bound or connected. What a program does not use is
 * not loaded: PLAIN, CURVE and the way to the handler come with their first endpoint.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { ProtocolError, ZmqError } from "../base/errors.ts";
import type { Mechanism } from "../mechanism/mechanism.ts";
import { NullMechanism } from "../mechanism/null.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import { ZMTP_FRAMING } from "../zmtp/framing.ts";
import type { Framing } from "../zmtp/framing.ts";
import type { SocketCore } from "./core.ts";
import type { SocketOptionValues } from "./option_values.ts";

/** What secures the connections of one endpoint. */
export interface Security {
  /** What the greeting names. */
  readonly mechanism: string;
  /** Whether we are its server, if it has roles. */
  readonly asServer: boolean;
  /** The domain that the authentication handler is asked in; empty for none. */
  readonly zapDomain: string;
  /** Whether the authentication handler is asked, so that nobody may come by a way without a mechanism. */
  readonly guarded: boolean;
  /** Settled when its code is loaded; `undefined` from then on. */
  readonly loading: Promise<void> | undefined;
  /** Makes the mechanism of one connection, with what we say of ourselves. */
  make(properties: Properties): Mechanism;
}

type Properties = readonly (readonly [string, Uint8Array])[];

/** The security of an endpoint that is about to be bound or connected. Throws EINVAL if keys are missing. */
export function securityOf({ options, random }: SocketCore): Security {
  switch (options.mechanism) {
    case "PLAIN":
      return plainSecurity(options);
    case "CURVE":
      return curveSecurity(options, random);
    default: {
      const { zapDomain } = options;
      const asks = zapDomain !== "";
      return {
        mechanism: "NULL",
        asServer: false,
        zapDomain,
        guarded: asks,
        loading: undefined,
        make: (properties) => new NullMechanism(properties, asks),
      };
    }
  }
}

/** How messages wait for a connection: where a mechanism seals them, it reads them back from ZMTP's framing. */
export function framingOf({ mechanism }: Security, framing: Framing): Framing {
  return mechanism === "CURVE" ? ZMTP_FRAMING : framing;
}

/** Asks the authentication handler; the answer comes later. Answers what forgets the question. */
export function askHandler(
  core: SocketCore,
  inquiry: Inquiry,
  remote: string,
  answer: (answer: ZapReply | ProtocolError) => void,
): () => void {
  let forget = (): void => {
    forget = () => {};
    asked = false;
  };
  let asked = true;
  const ask = async () => {
    const { askZap } = await import("./zap_client.ts");
    if (asked) forget = askZap(core, inquiry, remote, answer);
  };
  ask().catch(() => answer(new ProtocolError("EFAULT", "The way to the handler could not be loaded")));
  return () => forget();
}

/** What a mechanism is made by, which its first endpoint loads. */
interface Late<Code> {
  readonly load: () => Promise<Code>;
  code?: Code;
  loading?: Promise<void> | undefined;
}

const PLAIN: Late<typeof import("../mechanism/plain.ts")> = { load: () => import("../mechanism/plain.ts") };

const CURVE: Late<
  typeof import("../mechanism/curve_client.ts") & typeof import("../mechanism/curve_server.ts")
> = {
  load: async () => {
    const [client, server] = await Promise.all([
      import("../mechanism/curve_client.ts"),
      import("../mechanism/curve_server.ts"),
    ]);
    return { ...client, ...server };
  },
};

function plainSecurity(options: SocketOptionValues): Security {
  const { asServer, plainUsername, plainPassword } = options;
  const username = encodeText(plainUsername ?? "");
  const password = encodeText(plainPassword ?? "");
  return lateSecurity(PLAIN, options, ({ PlainClient, PlainServer }, properties) => {
    return asServer ? new PlainServer(properties) : new PlainClient(properties, username, password);
  });
}

function curveSecurity(options: SocketOptionValues, random: (length: number) => Uint8Array): Security {
  const { asServer, curvePublicKey, curveSecretKey, curveServerKey, zapDomain, zapEnforceDomain } = options;
  if (curveSecretKey === null) throw missing("curveSecretKey");
  if (!asServer && curvePublicKey === null) throw missing("curvePublicKey");
  if (!asServer && curveServerKey === null) throw missing("curveServerKey, or curveServer for a server");
  // Legacy mode asks without a domain, too, and lets all in where nobody is there to answer (libzmq's ZAP_ENFORCE_DOMAIN).
  const asks = zapDomain !== "" || !zapEnforceDomain;
  return lateSecurity(CURVE, options, ({ CurveClient, CurveServer }, properties) => {
    // A server's public key is what its secret makes, whatever `curvePublicKey` says, as in libzmq.
    if (asServer) return new CurveServer({ secretKey: curveSecretKey }, properties, random, asks);
    const keys = { publicKey: curvePublicKey!, secretKey: curveSecretKey, serverKey: curveServerKey! };
    return new CurveClient(keys, properties, random);
  });
}

function lateSecurity<Code>(
  late: Late<Code>,
  { mechanism, asServer, zapDomain }: SocketOptionValues,
  make: (code: Code, properties: Properties) => Mechanism,
): Security {
  if (late.code === undefined) late.loading ??= load(late);
  const { loading } = late;
  return {
    mechanism,
    asServer,
    zapDomain,
    guarded: true,
    get loading() {
      return late.code === undefined ? loading : undefined;
    },
    make: (properties) => make(late.code!, properties),
  };
}

async function load<Code>(late: Late<Code>): Promise<void> {
  try {
    late.code = await late.load();
  } finally {
    // What could not be loaded is tried again with the next endpoint.
    late.loading = undefined;
  }
}

function missing(option: string): ZmqError {
  return new ZmqError("EINVAL", `CURVE needs ${option}`);
}
