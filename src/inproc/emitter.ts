/**
 * Workers of Node's module are emitters, whose listeners cannot stop each other: their messages are caught where they
 * are emitted.
 *
 * @module
 */

interface Emitter {
  emit?: (event: string, ...values: unknown[]) => boolean;
}

/** Offers each message to `takes`, until it takes one; answers how to stop. Throws a TypeError for what emits none. */
export function catchEmitted(thread: object, takes: (data: unknown) => boolean): () => void {
  const target = thread as Emitter;
  const { emit } = target;
  if (typeof emit !== "function") throw new TypeError("A Worker or a MessagePort is needed");
  const stop = (): void => {
    delete target.emit;
  };
  target.emit = (event, ...values): boolean => {
    if (event !== "message" || !takes(values[0])) return emit.call(target, event, ...values);
    stop();
    return true;
  };
  return stop;
}
