/**
 * Who is let in: first by address, then by the rule for the mechanism and the domain, as the settings are when the
 * peer comes.
 *
 * @module
 */

import { encodeText, equalBytes } from "../base/bytes.ts";
import { z85Encode } from "../base/z85.ts";
import { copyFrame } from "../message/frame.ts";
import type { ZapRequest } from "../mechanism/zap.ts";
import { acceptFilterAllows } from "../socket/accept_filter.ts";
import { CertificateFolder } from "./certificate_folder.ts";
import { Passwords } from "./passwords.ts";
import type { AuthenticationRequest, Decide } from "./requests.ts";
import type { CurveRule, PlainRule, Settings } from "./settings.ts";
import { allowed, refused, undecided } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What takes a function of the program's takes a promise. */
type Decision = Verdict | Promise<Verdict>;

/** The policies of one authenticator. */
export class Policies {
  readonly #settings: Settings;
  readonly #fileFailed: (file: string, error: Error) => void;
  /** What was made of rules when it was first needed. */
  readonly #passwords = new WeakMap<PlainRule, Passwords>();
  readonly #folders = new WeakMap<CurveRule, CertificateFolder>();

  constructor(settings: Settings, fileFailed: (file: string, error: Error) => void) {
    this.#settings = settings;
    this.#fileFailed = fileFailed;
  }

  /** Looks into all folders that no peer has asked about yet. */
  prepare(): void {
    for (const rule of this.#settings.CURVE.values()) {
      try {
        this.#folderOf(rule);
      } catch {
        // Gone since it was named: tried again for each peer, for whom it is an error (500) that is told.
      }
    }
  }

  /** Decides. What it throws, or rejects with, is no decision. */
  decide(request: ZapRequest, signal: () => AbortSignal): Decision {
    const reason = this.#addressRefusal(request) ?? wrongCredentials(request);
    if (reason !== undefined) return refused(reason);
    switch (request.mechanism) {
      case "PLAIN":
        return this.#decidePlain(request, signal);
      case "CURVE":
        return this.#decideCurve(request, signal);
      default:
        return this.#decideNull(request, signal);
    }
  }

  /** An address that is denied is out whatever else is said; once any is allowed, all others are out. */
  #addressRefusal({ address }: ZapRequest): string | undefined {
    const { allowed, denied } = this.#settings;
    if (denied.length > 0 && acceptFilterAllows(denied, address)) return "Address is denied";
    return acceptFilterAllows(allowed, address) ? undefined : "Address is not allowed";
  }

  #decideNull(request: ZapRequest, signal: () => AbortSignal): Decision {
    const rule = ruleFor(this.#settings.NULL, request);
    // As CZMQ and pyzmq do: NULL is about addresses alone, unless the program has said more.
    if (rule === undefined) return allowed("");
    return ask(rule.callback, common(request, signal()), "");
  }

  #decidePlain(request: ZapRequest, signal: () => AbortSignal): Decision {
    const rule = ruleFor(this.#settings.PLAIN, request);
    if (rule === undefined) return refused(UNKNOWN_DOMAIN);
    const [username, password] = request.credentials;
    if (this.#passwordsOf(rule).match(username!, password!)) return allowed(username!);
    if (rule.callback === undefined) return refused("Invalid username or password");
    const name = textOf(username!), secret = textOf(password!);
    if (name === undefined || secret === undefined) return refused("Credentials that are no text");
    return ask(rule.callback, { ...common(request, signal()), username: name, password: secret }, username!);
  }

  #decideCurve(request: ZapRequest, signal: () => AbortSignal): Decision {
    const rule = ruleFor(this.#settings.CURVE, request);
    if (rule === undefined) return refused(UNKNOWN_DOMAIN);
    const publicKey = z85Encode(request.credentials[0]!);
    const metadata = this.#folderOf(rule)?.find(publicKey);
    if (metadata !== undefined) return allowed(publicKey, metadata);
    if (rule.any || rule.keys.has(publicKey)) return allowed(publicKey);
    if (rule.callback === undefined) return refused("Unknown key");
    return ask(rule.callback, { ...common(request, signal()), publicKey }, publicKey);
  }

  #passwordsOf(rule: PlainRule): Passwords {
    let passwords = this.#passwords.get(rule);
    if (passwords === undefined) this.#passwords.set(rule, passwords = new Passwords(rule.passwords));
    return passwords;
  }

  #folderOf(rule: CurveRule): CertificateFolder | undefined {
    const { directory } = rule;
    if (directory === undefined) return undefined;
    let folder = this.#folders.get(rule);
    if (folder === undefined) {
      this.#folders.set(rule, folder = new CertificateFolder(directory, this.#fileFailed));
    }
    return folder;
  }
}

const UNKNOWN_DOMAIN = "Unknown domain";

/** The rule of the domain, or that of all that have none of their own. */
function ruleFor<R>(rules: ReadonlyMap<string, R>, { domain }: ZapRequest): R | undefined {
  return rules.get(domain) ?? rules.get("*");
}

/** Asks a function of the program's; `userId` is the default. */
async function ask<R extends AuthenticationRequest>(
  callback: Decide<R>,
  request: R,
  userId: string | Uint8Array,
): Promise<Verdict> {
  const answer: unknown = await callback(request);
  if (answer === true) return allowed(userId);
  // An error that is returned, not thrown, is an object too.
  if (typeof answer !== "object" || answer === null || answer instanceof Error) {
    return refused("Refused by the program");
  }
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
