/**
 * The types by their numbers, and what makes a class of each: the methods of its directions and its options.
 *
 * A type is known once its class is used, so that a bundle carries the types that its program names and no
 * others. Who makes sockets by number needs all of them: `any_socket.ts`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { TypeInfo } from "../pattern/types.ts";
import { makeReadable, makeWritable } from "./directions.ts";
import { defineOptions } from "./option_access.ts";
import { classOf } from "./class_of.ts";

const RECEIVE_ONLY: readonly string[] = ["SUB", "PULL", "DISH", "GATHER"];
const SEND_ONLY: readonly string[] = ["PUB", "PUSH", "RADIO", "SCATTER"];

const known = new Map<number, TypeInfo>();
const complete = new Set<TypeInfo>();

/** Lets a type be found by its number. */
export function learnType(type: TypeInfo): void {
  known.set(type.id, type);
}

/** The number of the type that this class is for. The first call gives the class its methods and options. */
export function numberOf(type: TypeInfo, { prototype }: { readonly prototype: object }): number {
  if (!complete.has(type)) {
    complete.add(type);
    learnType(type);
    completeClass(prototype, type);
  }
  return type.id;
}

/** The type with this number. EINVAL if there is none. */
export function findType(id: number): TypeInfo {
  const type = known.get(id);
  if (type === undefined) throw new ZmqError("EINVAL");
  return type;
}

/** Gives a prototype, or a socket whose class has none of its own, what the type has. */
export function completeClass(object: object, type: TypeInfo): void {
  const { name } = type;
  if (!RECEIVE_ONLY.includes(name)) makeWritable(object);
  if (!SEND_ONLY.includes(name)) makeReadable(object);
  defineOptions(object, classOf(name));
}
