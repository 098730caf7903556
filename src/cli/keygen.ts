/**
 * The command `keygen`: a pair of keys for CURVE, on stdout or as a pair of certificate files.
 *
 * @module
 */

import { type CurveCertificate, formatCertificate } from "../auth/certificate.ts";
import { type CurveKeyPair, curveKeyPair } from "../socket/curve_keys.ts";
import { type Arguments, UsageError } from "./args.ts";
import type { Command } from "./command.ts";
import { Failure } from "./failure.ts";
import { createFile, print, removeFile, warn } from "./host.ts";

/** `keygen`. */
export const keygen: Command = {
  spec: {
    name: "keygen",
    summary: "make a pair of keys for CURVE",
    operands: [],
    options: [
      {
        name: "certificate",
        value: "FILE",
        help:
          "writes the public key to FILE and both keys to FILE_secret, which nobody else may read (mode 0600); " +
          "neither may be there already",
      },
      {
        name: "metadata",
        value: "NAME=VALUE",
        many: true,
        help: "says something of the owner in both files, such as name=Alice",
      },
      { name: "json", help: "prints a line of JSON" },
    ],
    text: [
      "Prints a public key and the secret key that goes with it, each as 40 characters of Z85 (RFC 32), for the " +
      "options curvePublicKey, curveSecretKey and, of a server's clients, curveServerKey.",
      "With --certificate the files are as CZMQ and pyzmq write and read them, and stdout gets the public key alone.",
    ],
    examples: [
      "zmq keygen",
      "zmq keygen --json | jq -r .publicKey",
      "zmq keygen --certificate alice.key --metadata name=Alice",
    ],
  },
  run,
};

async function run(args: Arguments): Promise<number> {
  const file = args.text("certificate");
  const metadata = Object.fromEntries(args.all("metadata").map(nameAndValue));
  if (file === undefined) {
    if (args.has("metadata")) throw new UsageError("--metadata is for the files of --certificate");
    await tell(args, curveKeyPair());
    return 0;
  }
  if (file === "" || /(?:_secret|[/\\])$/.test(file)) {
    throw new UsageError(`--certificate is the name of the public file, not "${file}"`);
  }
  const pair = curveKeyPair();
  const secretFile = `${file}_secret`;
  const { publicKey } = pair;
  const [open, secret] = [textOf({ publicKey, metadata }), textOf({ ...pair, metadata })];
  writeNew(file, open, 0o644);
  try {
    writeNew(secretFile, secret, 0o600);
  } catch (error) {
    // A public key alone is worth nothing.
    removeFile(file);
    throw error;
  }
  await tell(
    args,
    { publicKey },
    args.has("json") ? { certificate: file, secretCertificate: secretFile } : {},
  );
  if (!args.has("json")) await warn(`zmq: ${file} is for others; ${secretFile} is yours alone`);
  return 0;
}

/** In the form of libzmq's `curve_keygen`, or as JSON. */
async function tell(args: Arguments, keys: Partial<CurveKeyPair>, more: object = {}): Promise<void> {
  if (args.has("json")) return await print(JSON.stringify({ ...keys, ...more }));
  const { publicKey, secretKey } = keys;
  await print(`== CURVE PUBLIC KEY ==\n${publicKey}`);
  if (secretKey !== undefined) await print(`\n== CURVE SECRET KEY ==\n${secretKey}`);
}

function nameAndValue(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new UsageError(`--metadata is NAME=VALUE, not "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function textOf(certificate: CurveCertificate): string {
  try {
    return formatCertificate(certificate);
  } catch (error) {
    // The keys are ours, so it is what --metadata says.
    throw new UsageError((error as Error).message);
  }
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    createFile(path, text, mode);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    throw new Failure(
      code === "EEXIST" ? `${path} is there already, and stays as it is` : `cannot write ${path}: ${message}`,
    );
  }
}
