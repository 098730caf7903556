/**
 * A JOIN or LEAVE command on its way to a RADIO (RFC 48): a message of two frames, one of the classes here and
 * the group. A peer cannot say it by an ordinary message, for what counts is the class of the first frame.
 *
 * @module
 */

import { Frame } from "./frame.ts";
import type { Message } from "./frame.ts";

/** RFC 48: a group has at most this many octets (`ZMQ_GROUP_MAX_LENGTH`). */
export const GROUP_MAX = 255;

class Join extends Frame {}
class Leave extends Frame {}

/** The message that tells of a group joined or left. */
export function membership(on: boolean, group: Frame): Message {
  return [new (on ? Join : Leave)(0), group];
}

/** Whether a message tells of a group joined (`true`) or left (`false`); `undefined` for any other. */
export function joins(message: Message): boolean | undefined {
  return message[0] instanceof Join ? true : message[0] instanceof Leave ? false : undefined;
}
