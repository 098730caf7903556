/**
 * Options as properties of sockets and contexts (`option_numbers.ts` has them by their numbers). An object that has options
 * carries them under the symbol `optionValues`, says under `optionClosed` whether it is closed, and hears of
 * changes by `optionChanged`.
 *
 * @module
 */

import { ZmqError, type ZmqErrorCode } from "../base/errors.ts";
import { CONTEXT_OPTIONS, type ContextOptionValues } from "./context_options.ts";
import type { Option } from "./option_kinds.ts";
import { SOCKET_OPTIONS, type SocketName } from "./option_table.ts";
import type { SocketOptionValues } from "./option_values.ts";

/** Where an object keeps its options. */
export const optionValues: unique symbol = Symbol("optionValues");

/** Whether an object is closed, so that its options are out of reach. */
export const optionClosed: unique symbol = Symbol("optionClosed");

/** How an object hears that an option was set, by its property name. */
export const optionChanged: unique symbol = Symbol("optionChanged");

/** An object with options. */
export interface OptionHost<Values> {
  /** The options. */
  readonly [optionValues]: Values;
  /** `true`: every access throws ENOTSOCK (a socket) or ETERM (a context). */
  readonly [optionClosed]: boolean;
  /** Called after an option was set, also to the value that it had. */
  [optionChanged]?(name: string): void;
}

/**
 * Defines the options of one class as accessors on its prototype; `"Socket"` stands for those that every
 * class has. A property that the prototype or an ancestor has already stays as it is.
 */
export function defineOptions(prototype: object, name: SocketName | "Socket"): void {
  const own = SOCKET_OPTIONS.filter(({ owners }) =>
    name === "Socket" ? owners.length === 0 : owners.includes(name)
  );
  defineAccessors<SocketOptionValues>(prototype, own, "ENOTSOCK");
}

/** Defines a context's options as accessors on its prototype. */
export function defineContextOptions(prototype: object): void {
  defineAccessors<ContextOptionValues>(prototype, CONTEXT_OPTIONS, "ETERM");
}

/**
 * Assigns the options given to a constructor, in their order, and leaves the caller's object alone. The key
 * `context` is not for here. As with zeromq.js, a key that is no option is a TypeError, and so is a value
 * `undefined`.
 */
export function assignOptions(target: object, options: unknown): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) throw new TypeError("Options must be an object");
  for (const [name, value] of Object.entries(options)) {
    if (name === "context") continue;
    const property = findProperty(target, name);
    if (!property || "value" in property) {
      throw new TypeError(`Cannot add property ${name}, object is not extensible`);
    }
    if (!property.set) {
      const { constructor } = findHolder(target, name)!;
      throw new TypeError(`Cannot set property ${name} of #<${constructor.name}> which has only a getter`);
    }
    property.set.call(target, value);
  }
}

function defineAccessors<Values>(
  prototype: object,
  options: readonly Option<Values>[],
  closedCode: ZmqErrorCode,
): void {
  for (const option of options) {
    if (option.hidden || option.name in prototype) continue;
    const property: PropertyDescriptor & ThisType<OptionHost<Values>> = {
      configurable: true,
      enumerable: true,
      get(): unknown {
        requireOpen(this, closedCode);
        return option.read(this[optionValues]);
      },
    };
    if (!option.readOnly) {
      property.set = function (this: OptionHost<Values>, value: unknown): void {
        requireOpen(this, closedCode);
        option.write(this[optionValues], value);
        this[optionChanged]?.(option.name);
      };
    }
    Object.defineProperty(prototype, option.name, property);
  }
}

/** Throws this code if the object is closed. */
export function requireOpen(host: OptionHost<unknown>, code: ZmqErrorCode): void {
  if (host[optionClosed]) throw new ZmqError(code);
}

function findProperty(target: object, name: string): PropertyDescriptor | undefined {
  const holder = findHolder(target, name);
  return holder && Object.getOwnPropertyDescriptor(holder, name);
}

/** The object, of this and its ancestors, that has the property; engines name its class in their own TypeErrors. */
function findHolder(target: object, name: string): object | undefined {
  let object: object | null = target;
  while (object && !Object.hasOwn(object, name)) object = Object.getPrototypeOf(object);
  return object ?? undefined;
}
