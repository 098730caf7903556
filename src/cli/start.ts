/**
 * The entry of the tool: runs it if `mod.ts` is the program that was started. Imported as a library, nothing of
 * it is loaded. A bundler for browsers takes `start_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

interface NodeProcess {
  readonly argv?: readonly string[];
  getBuiltinModule(name: string): { realpathSync(path: string): string };
}

interface Meta {
  readonly url: string;
  readonly main?: boolean;
  readonly filename?: string;
}

/** Runs the tool if the module with this `import.meta` is the program. */
export function start(meta: object): void {
  if (isProgram(meta as Meta)) void import("./main.ts").then(({ main }) => main());
}

/** In a bundle `import.meta` speaks of the bundle: only a file of this name can be the program. */
function isProgram({ url, main, filename }: Meta): boolean {
  if (!/\/mod\.[jt]s$/.test(url)) return false;
  if (main !== undefined) return main;
  // Node before 24.2. What was started may be a link to this file, as package managers make them.
  const process = (globalThis as { process?: NodeProcess }).process;
  const started = process?.argv?.[1];
  if (started === undefined || !/mod(\.[jt]s)?$/.test(started)) return false;
  try {
    return process!.getBuiltinModule("fs").realpathSync(started) === filename;
  } catch {
    return false;
  }
}
