/**
 * Arguments, declared once: what a command takes is a value, by which its arguments are read and its help is
 * written. Options are `--name VALUE` or `--name=VALUE`; what follows an option is its value whatever it looks
 * like, so that `--linger -1` and `--data --x` mean what they say. Pure.
 *
 * @module
 */

/** Wrong usage: told in one sentence, with exit code 2. */
export class UsageError extends Error {}

/** An option of a command. */
export interface OptionSpec {
  readonly name: string;
  /** What stands for its value in the help, `MS` or `EP`; an option without is a switch. */
  readonly value?: string;
  /** Values that it can have; no others. */
  readonly choices?: readonly string[];
  /** A whole number from this on. */
  readonly least?: number;
  /** Whether it may be given several times. */
  readonly many?: boolean;
  /** One sentence, with unit and default. */
  readonly help: string;
}

/** What a command takes, and how its help explains it. */
export interface CommandSpec {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Names of the arguments that are no options; all must be there, except those in brackets. */
  readonly operands: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Paragraphs between the usage and the options. */
  readonly text: readonly string[];
  /** Lines of a shell, without the program's name. */
  readonly examples: readonly string[];
}

/** What was given. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#values = values;
  }

  /** Whether it was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All its values, in the order given. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Its value; the last, if it was given several times. */
  text(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** Its value as a number, which `parse` has checked. */
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }
}

/** Whether help is asked for, wherever it stands. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.some((arg) => arg === "--help" || arg === "-h");
}

/**
 * Reads arguments.
 *
 * @throws {UsageError} with a sentence that names what is wrong
 */
export function parse(spec: CommandSpec, args: readonly string[]): Arguments {
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!/^-./.test(arg)) {
      operands.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const given = equals < 0 ? arg : arg.slice(0, equals);
    const option = spec.options.find(({ name }) => given === `--${name}`);
    if (option === undefined) throw new UsageError(unknownOption(spec, given));
    const value = equals < 0 ? undefined : arg.slice(equals + 1);
    const before = values.get(option.name) ?? [];
    if (before.length > 0 && !option.many) throw new UsageError(`--${option.name} is given twice`);
    if (option.value === undefined) {
      if (value !== undefined) throw new UsageError(`--${option.name} takes no value`);
      values.set(option.name, [""]);
    } else {
      const text = value ?? args[++at];
      if (text === undefined) throw new UsageError(`--${option.name} needs a value: ${option.value}`);
      checkValue(option, text);
      values.set(option.name, [...before, text]);
    }
  }
  checkOperands(spec, operands);
  return new Arguments(operands, values);
}

/** The known name that was probably meant, if one is close. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const distances = known.map((name) => ({ name, distance: distance(given, name) }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  if (best === undefined) return undefined;
  if (best.distance <= Math.max(1, Math.floor(best.name.length / 3))) return best.name;
  // A beginning says enough if it is one of a single name.
  const begun = given.length < 2 ? [] : known.filter((name) => name.startsWith(given));
  return begun.length === 1 ? begun[0] : undefined;
}

function unknownOption(spec: CommandSpec, given: string): string {
  const known = spec.options.map(({ name }) => name);
  const meant = nearest(given.replace(/^-+/, ""), known);
  return `${spec.name} has no option ${given}${meant === undefined ? "" : `; did you mean --${meant}?`}`;
}

function checkValue(option: OptionSpec, text: string): void {
  if (option.choices !== undefined && !option.choices.includes(text)) {
    const meant = nearest(text, option.choices);
    throw new UsageError(
      `--${option.name} is one of ${option.choices.join(", ")}, not "${text}"` +
        (meant === undefined ? "" : `; did you mean ${meant}?`),
    );
  }
  if (option.least === undefined) return;
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || number < option.least || !Number.isSafeInteger(number)) {
    throw new UsageError(`--${option.name} is a whole number from ${option.least} on, not "${text}"`);
  }
  // What the sockets take are signed 32-bit integers.
  if (number > 0x7fffffff) throw new UsageError(`--${option.name} is at most 2147483647, not "${text}"`);
}

function checkOperands(spec: CommandSpec, operands: readonly string[]): void {
  const needed = spec.operands.filter((name) => !name.startsWith("["));
  const missing = needed.slice(operands.length);
  if (missing.length > 0) {
    throw new UsageError(`${spec.name} needs ${needed.join(" and ")}: ${missing.join(" and ")} missing`);
  }
  const more = operands[spec.operands.length];
  if (more !== undefined) throw new UsageError(`${spec.name} does not take "${more}"`);
}

/** Optimal string alignment: letters added, left out, replaced, or two of them swapped. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
