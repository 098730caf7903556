/**
 * Options by their numbers in `zmq.h`, for classes that extend a socket's or a context's, as with zeromq.js.
 *
 * @module
 */

import { getOption, setOption } from "./option_numbers.ts";

/** What classes that extend a context's can read and set by numbers. */
export class ContextOptionsByNumber {
  /** Reads an option by its number in `zmq.h`. */
  protected getBoolOption(option: number): boolean {
    return getOption(this, option, "bool") as boolean;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setBoolOption(option: number, value: boolean): void {
    setOption(this, option, "bool", value);
  }

  /** Reads an option by its number in `zmq.h`. */
  protected getInt32Option(option: number): number {
    return getOption(this, option, "int32") as number;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setInt32Option(option: number, value: number): void {
    setOption(this, option, "int32", value);
  }
}

/** What classes that extend a socket's can read and set by numbers besides. */
export class SocketOptionsByNumber extends ContextOptionsByNumber {
  /** Reads an option by its number in `zmq.h`. */
  protected getUint32Option(option: number): number {
    return getOption(this, option, "uint32") as number;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setUint32Option(option: number, value: number): void {
    setOption(this, option, "uint32", value);
  }

  /** Reads an option by its number in `zmq.h`. */
  protected getInt64Option(option: number): number {
    return getOption(this, option, "int64") as number;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setInt64Option(option: number, value: number): void {
    setOption(this, option, "int64", value);
  }

  /** Reads an option by its number in `zmq.h`. */
  protected getUint64Option(option: number): number {
    return getOption(this, option, "uint64") as number;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setUint64Option(option: number, value: number): void {
    setOption(this, option, "uint64", value);
  }

  /** Reads an option by its number in `zmq.h`. */
  protected getStringOption(option: number): string | null {
    return getOption(this, option, "string") as string | null;
  }

  /** Sets an option by its number in `zmq.h`. */
  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    setOption(this, option, "string", value);
  }
}
