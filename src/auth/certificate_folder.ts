/**
 * A folder of certificates: whose public keys are in it, and what they say of their owners. It is looked at again
 * when somebody asks, at most once a second, and only files that have changed are read.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { asZmqError } from "../base/errors.ts";
import { octetsOfZ85, z85Encode } from "../base/z85.ts";
import { listFiles, readText } from "../io/host_files.ts";
import { now } from "../io/timers.ts";
import { parseCertificate } from "./certificate.ts";
import { isPropertyName } from "./verdict.ts";

/** What a certificate says of its owner. */
export type CertificateMetadata = Readonly<Record<string, string>>;

/** Milliseconds in which a folder is not looked at again: a thousand files take some milliseconds. */
const FRESH = 1000;
/** A certificate has some hundred octets. */
const MOST_OCTETS = 65536;
/** What CZMQ, pyzmq and our own tool call files of secret keys: nothing in them is for us. */
const SECRET = /_secret$/;

interface Entry {
  readonly stamp: string;
  /** As Z85; `undefined`: no certificate, which was told. */
  readonly publicKey: string | undefined;
  readonly metadata: CertificateMetadata;
}

/** One folder. */
export class CertificateFolder {
  readonly #folder: string;
  readonly #failed: (file: string, error: Error) => void;
  readonly #now: () => number;
  #entries = new Map<string, Entry>();
  #keys = new Map<string, CertificateMetadata>();
  #checked: number;

  /**
   * Reads the folder. `failed` hears of each file that is no certificate, once for each time that it changes.
   *
   * @throws {ZmqError} the system's code if the folder cannot be read: ENOENT, ENOTDIR, EACCES
   */
  constructor(folder: string, failed: (file: string, error: Error) => void, clock: () => number = now) {
    this.#folder = folder;
    this.#failed = failed;
    this.#now = clock;
    this.#read();
    this.#checked = clock();
  }

  /**
   * What the certificate of a public key says; `undefined`: there is none.
   *
   * @throws {ZmqError} if the folder cannot be read any more
   */
  find(publicKey: string): CertificateMetadata | undefined {
    const time = this.#now();
    if (time - this.#checked >= FRESH) {
      this.#read();
      // Not before: what cannot be read is tried again each time, and nobody gets in meanwhile.
      this.#checked = time;
    }
    return this.#keys.get(publicKey);
  }

  #read(): void {
    const entries = new Map<string, Entry>();
    const keys = new Map<string, CertificateMetadata>();
    for (const { name, path, size, stamp } of this.#list()) {
      if (SECRET.test(name) || name.startsWith(".")) continue;
      const before = this.#entries.get(name);
      const entry = before?.stamp === stamp ? before : this.#load(path, size, stamp);
      entries.set(name, entry);
      if (entry.publicKey !== undefined) keys.set(entry.publicKey, entry.metadata);
    }
    this.#entries = entries;
    this.#keys = keys;
  }

  #list(): ReturnType<typeof listFiles> {
    try {
      return listFiles(this.#folder);
    } catch (error) {
      throw asZmqError(error, this.#folder);
    }
  }

  #load(path: string, size: number, stamp: string): Entry {
    try {
      if (size > MOST_OCTETS) throw new RangeError(`${size} octets are too many for a certificate`);
      const { publicKey, metadata } = parseCertificate(readText(path));
      const octets = octetsOfZ85(publicKey);
      if (octets?.length !== 32) throw new TypeError("A public key has 40 characters of Z85");
      return { stamp, publicKey: z85Encode(octets), metadata: this.#tellable(path, metadata) };
    } catch (error) {
      this.#failed(path, error as Error);
      return { stamp, publicKey: undefined, metadata: {} };
    }
  }

  /** What has a name that no handshake can carry is left out. */
  #tellable(path: string, metadata: CertificateMetadata): CertificateMetadata {
    const tellable: [string, string][] = [];
    for (const [name, value] of Object.entries(metadata)) {
      if (isPropertyName(name) && encodeText(value).length <= MOST_OCTETS) tellable.push([name, value]);
      else this.#failed(path, new TypeError(`${JSON.stringify(name)} is no name of a property (RFC 27)`));
    }
    return Object.fromEntries(tellable);
  }
}
