/**
 * A tree of prefixes with compressed edges: topics of subscriptions, matched against the beginning of messages.
 * Its memory is linear in the octets of the topics, and nothing in it recurses over what a peer sent
 * (CVE-2021-20236).
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";

/**
 * A node: the octets on the edge to it, what is stored for the prefix that ends here, and where to go on. The octets
 * are text, one code unit each: on V8 an array of one octet takes 400 octets of memory, and a peer may make a million.
 */
interface Node<T> {
  label: string;
  value: T | undefined;
  children: Map<number, Node<T>> | undefined;
}

/** Values by prefix. */
export class PrefixTree<T> {
  readonly #root: Node<T> = { label: "", value: undefined, children: undefined };
  /** How many prefixes have a value. */
  size = 0;

  /** The value of exactly this prefix. */
  get(prefix: Uint8Array): T | undefined {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const next = node.children?.get(prefix[at]!);
      if (next === undefined || common(next.label, prefix, at) < next.label.length) return undefined;
      at += next.label.length;
      node = next;
    }
    return node.value;
  }

  /** Stores a value for a prefix. */
  set(prefix: Uint8Array, value: T): void {
    const node = this.#make(prefix);
    if (node.value === undefined) this.size++;
    node.value = value;
  }

  /** Forgets a prefix. */
  delete(prefix: Uint8Array): boolean {
    let parent: Node<T> | undefined;
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const next = node.children?.get(prefix[at]!);
      if (next === undefined || common(next.label, prefix, at) < next.label.length) return false;
      at += next.label.length;
      parent = node;
      node = next;
    }
    if (node.value === undefined) return false;
    node.value = undefined;
    this.size--;
    this.#prune(node, parent);
    return true;
  }

  /** Whether the octets begin with a prefix that has a value. */
  matches(octets: Uint8Array): boolean {
    let node = this.#root;
    let at = 0;
    for (;;) {
      if (node.value !== undefined) return true;
      if (node.children === undefined || at === octets.length) return false;
      const next = node.children.get(octets[at]!);
      if (next === undefined || common(next.label, octets, at) < next.label.length) return false;
      at += next.label.length;
      node = next;
    }
  }

  /** Visits the value of every prefix that the octets begin with, shortest first. */
  visit(octets: Uint8Array, visitor: (value: T) => void): void {
    let node = this.#root;
    let at = 0;
    for (;;) {
      if (node.value !== undefined) visitor(node.value);
      if (node.children === undefined || at === octets.length) return;
      const next = node.children.get(octets[at]!);
      if (next === undefined || common(next.label, octets, at) < next.label.length) return;
      at += next.label.length;
      node = next;
    }
  }

  #make(prefix: Uint8Array): Node<T> {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const children: Map<number, Node<T>> = node.children ??= new Map();
      const next = children.get(prefix[at]!);
      if (next === undefined) {
        const leaf: Node<T> = { label: latin1(prefix.subarray(at)), value: undefined, children: undefined };
        children.set(prefix[at]!, leaf);
        return leaf;
      }
      const shared = common(next.label, prefix, at);
      if (shared < next.label.length) {
        // The edge is split where the two part.
        const middle: Node<T> = {
          label: next.label.slice(0, shared),
          value: undefined,
          children: new Map([[next.label.charCodeAt(shared), next]]),
        };
        next.label = next.label.slice(shared);
        children.set(prefix[at]!, middle);
        node = middle;
      } else node = next;
      at += shared;
    }
    return node;
  }

  #prune(node: Node<T>, parent: Node<T> | undefined): void {
    if (parent === undefined) return;
    if (node.children === undefined || node.children.size === 0) {
      parent.children!.delete(node.label.charCodeAt(0));
      if (parent.children!.size === 0) parent.children = undefined;
      else if (parent !== this.#root && parent.value === undefined) merge(parent);
    } else merge(node);
  }
}

/** A node without a value and with one child becomes one edge with it. */
function merge<T>(node: Node<T>): void {
  if (node.value !== undefined || node.children?.size !== 1) return;
  const [child] = node.children.values();
  node.label += child!.label;
  node.value = child!.value;
  node.children = child!.children;
}

/** How many octets of the label stand at this place too. */
function common(label: string, octets: Uint8Array, at: number): number {
  const most = Math.min(label.length, octets.length - at);
  let i = 0;
  while (i < most && label.charCodeAt(i) === octets[at + i]) i++;
  return i;
}
