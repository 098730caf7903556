/**
 * Who is let in: first by address, then by what was configured for the mechanism and the domain.
 *
 * @module
 */

import { encodeText, equalBytes } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import { octetsOfKey, z85Encode } from "../base/z85.ts";
import { copyFrame } from "../message/frame.ts";
import type { ZapRequest } from "../mechanism/zap.ts";
import { Addresses } from "./addresses.ts";
import { CertificateFolder } from "./certificate_folder.ts";
import { Passwords } from "./passwords.ts";
import type { AuthenticationRequest, CurvePolicy, Decide, NullPolicy, PlainPolicy } from "./requests.ts";
import { allowed, refused, undecided } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Decides over one request; what takes a function of the program's takes a promise. */
type Check = (request: ZapRequest, signal: () => AbortSignal) => Verdict | Promise<Verdict>;

/** All domains that have no policy of their own. */
const ANY = "*";

/** The policies of one authenticator. Each is replaced as a whole. */
export class Policies {
  readonly addresses: Addresses = new Addresses();
  readonly #checks: { readonly [mechanism: string]: Map<string, Check> } = {
    NULL: new Map(),
    PLAIN: new Map(),
    CURVE: new Map(),
  };
  readonly #fileFailed: (file: string, error: Error) => void;

  constructor(fileFailed: (file: string, error: Error) => void) {
    this.#fileFailed = fileFailed;
  }

  configureNull({ domain, callback }: NullPolicy): () => void {
    requireFunction(callback);
    return this.#configure("NULL", domain, (request, signal) => ask(callback, common(request, signal()), ""));
  }

  configurePlain({ domain, passwords, callback }: PlainPolicy): () => void {
    if (callback !== undefined) requireFunction(callback);
    const list = new Passwords(passwords ?? {});
    return this.#configure("PLAIN", domain, (request, signal) => {
      const [username, password] = request.credentials;
      if (list.match(username!, password!)) return allowed(username!);
      if (callback === undefined) return refused("Invalid username or password");
      const name = textOf(username!), secret = textOf(password!);
      if (name === undefined || secret === undefined) return refused("Credentials that are no text");
      return ask(callback, { ...common(request, signal()), username: name, password: secret }, username!);
    });
  }

  configureCurve({ domain, keys, directory, callback }: CurvePolicy): () => void {
    if (callback !== undefined) requireFunction(callback);
    const any = keys === ANY;
    const list = new Set(any ? [] : [...keys ?? []].map(keyOf));
    const folder = directory === undefined ? undefined : new CertificateFolder(directory, this.#fileFailed);
    return this.#configure("CURVE", domain, (request, signal) => {
      const publicKey = z85Encode(request.credentials[0]!);
      const metadata = folder?.find(publicKey);
      if (metadata !== undefined) return allowed(publicKey, metadata);
      if (any || list.has(publicKey)) return allowed(publicKey);
      if (callback === undefined) return refused("Unknown key");
      return ask(callback, { ...common(request, signal()), publicKey }, publicKey);
    });
  }

  /** Decides. What it throws, or rejects with, is no decision. */
  decide(request: ZapRequest, signal: () => AbortSignal): Verdict | Promise<Verdict> {
    const { address, mechanism, domain } = request;
    const reason = this.addresses.refusal(address) ?? wrongCredentials(request);
    if (reason !== undefined) return refused(reason);
    const checks = this.#checks[mechanism]!;
    const check = checks.get(domain) ?? checks.get(ANY);
    if (check !== undefined) return check(request, signal);
    // As CZMQ and pyzmq do: NULL is about addresses alone, unless the program has said more.
    return mechanism === "NULL" ? allowed("") : refused("Unknown domain");
  }

  /** Sets the policy of a domain; answers what takes it back, unless another has replaced it. */
  #configure(mechanism: string, domain: string = ANY, check: Check): () => void {
    if (typeof domain !== "string" || domain === "" || encodeText(domain).length > 254) {
      throw new ZmqError("EINVAL", 'A domain has 1 to 254 octets; "*" stands for all others');
    }
    const checks = this.#checks[mechanism]!;
    checks.set(domain, check);
    return () => {
      if (checks.get(domain) === check) checks.delete(domain);
    };
  }
}

/** Asks a function of the program's; `userId` is the default. */
async function ask<R extends AuthenticationRequest>(
  callback: Decide<R>,
  request: R,
  userId: string | Uint8Array,
): Promise<Verdict> {
  const answer: unknown = await callback(request);
  if (answer === true) return allowed(userId);
  if (typeof answer !== "object" || answer === null) return refused("Refused by the program");
  const { userId: given = userId, metadata } = answer as Exclude<Awaited<ReturnType<Decide<R>>>, boolean>;
  return allowed(given, metadata);
}

/** What went wrong in a decision: the handler failed (500). */
export function failure(error: unknown): Verdict {
  return undecided(500, "Internal error", error instanceof Error ? error : new Error(String(error)));
}

function common(request: ZapRequest, signal: AbortSignal): AuthenticationRequest {
  const { domain, address, identity, mechanism } = request;
  return { domain, address, identity: new Uint8Array(identity), mechanism, signal };
}

/** RFC 27, the sections of the mechanisms. */
function wrongCredentials({ mechanism, credentials }: ZapRequest): string | undefined {
  const sizes = credentials.map(({ length }) => length);
  const fit = mechanism === "NULL"
    ? sizes.length === 0
    : mechanism === "PLAIN"
    ? sizes.length === 2 && sizes.every((size) => size <= 255)
    : mechanism === "CURVE"
    ? sizes.length === 1 && sizes[0] === 32
    : undefined;
  if (fit === undefined) return "Security mechanism not supported";
  return fit ? undefined : "Invalid credentials";
}

/** UTF-8 as text; `undefined` if it is none, for then other octets would be the same text. */
function textOf(octets: Uint8Array): string | undefined {
  const text = copyFrame(octets).text();
  return equalBytes(encodeText(text), octets) ? text : undefined;
}

/** A public key as Z85, whatever it was given as. */
function keyOf(key: string | Uint8Array): string {
  const octets = octetsOfKey(key);
  if (octets === undefined) {
    throw new ZmqError("EINVAL", "A public key has 32 octets, or 40 characters of Z85");
  }
  return z85Encode(octets);
}

function requireFunction(callback: unknown): void {
  if (typeof callback !== "function") throw new TypeError("callback must be a function");
}
