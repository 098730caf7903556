/**
 * Source text as the checks of the project's own rules need it: without comments, without the contents of
 * strings, and as a list of imports. A scanner of a hundred lines, not a compiler: it knows comments, the
 * three kinds of strings and regular expressions, which is all that can hide or fake a word.
 */

/** One import of a file. */
export interface Import {
  /** The name as written. */
  readonly specifier: string;
  /** It is gone when the types are: `import type`, `export type … from`. */
  readonly typeOnly: boolean;
  /** `import(…)`. */
  readonly dynamic: boolean;
}

/** The source without comments; what is in strings stays or, if asked, goes as well. */
export function withoutComments(source: string, strings: "keep" | "empty" = "keep"): string {
  return new Scanner(source, strings === "keep").run();
}

/** Everything that a file imports or re-exports. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (
    const match of code.matchAll(
      /\b(import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?[^;"'`()=]*?\bfrom\s*(["'])([^"']+)\3/g,
    )
  ) {
    found.push({ specifier: match[4]!, typeOnly: match[2] !== undefined, dynamic: false });
  }
  for (const match of code.matchAll(/\bimport\s*(["'])([^"']+)\1/g)) {
    found.push({ specifier: match[2]!, typeOnly: false, dynamic: false });
  }
  for (const match of code.matchAll(/\bimport\s*\(\s*(?:(["'`])([^"'`]+)\1)?/g)) {
    found.push({ specifier: match[2] ?? "(computed)", typeOnly: false, dynamic: true });
  }
  return found;
}

class Scanner {
  readonly #source: string;
  readonly #keep: boolean;
  #at = 0;
  #out = "";

  constructor(source: string, keepStrings: boolean) {
    this.#source = source;
    this.#keep = keepStrings;
  }

  run(): string {
    this.#code(false);
    return this.#out;
  }

  /** Code up to its end, or inside `${…}` up to the closing brace. */
  #code(inTemplate: boolean): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      const two = this.#source.slice(this.#at, this.#at + 2);
      if (two === "//") {
        this.#at = this.#find("\n");
      } else if (two === "/*") {
        this.#at = this.#find("*/") + 2;
        this.#out += " ";
      } else if (char === '"' || char === "'") {
        this.#string(char);
      } else if (char === "`") {
        this.#template();
      } else if (char === "/" && this.#regexMayStart()) {
        this.#regex();
      } else {
        if (char === "{") depth++;
        if (char === "}" && inTemplate && depth-- === 0) return;
        this.#out += char;
        this.#at++;
      }
    }
  }

  #string(quote: string): void {
    const start = this.#at++;
    while (this.#at < this.#source.length && this.#source[this.#at] !== quote) {
      this.#at += this.#source[this.#at] === "\\" ? 2 : 1;
    }
    this.#at++;
    this.#out += this.#keep ? this.#source.slice(start, this.#at) : quote + quote;
  }

  #template(): void {
    this.#out += this.#source[this.#at++];
    while (this.#at < this.#source.length && this.#source[this.#at] !== "`") {
      if (this.#source.startsWith("${", this.#at)) {
        this.#out += "${";
        this.#at += 2;
        this.#code(true);
        this.#out += "}";
        this.#at++;
        continue;
      }
      const length = this.#source[this.#at] === "\\" ? 2 : 1;
      if (this.#keep) this.#out += this.#source.slice(this.#at, this.#at + length);
      this.#at += length;
    }
    this.#out += "`";
    this.#at++;
  }

  #regex(): void {
    const start = this.#at++;
    let inClass = false;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === "\n" || (char === "/" && !inClass)) break;
      if (char === "[") inClass = true;
      if (char === "]") inClass = false;
      this.#at += char === "\\" ? 2 : 1;
    }
    this.#at++;
    this.#out += this.#keep ? this.#source.slice(start, this.#at) : "/ /";
  }

  /** A slash divides after a value and opens a regular expression elsewhere. */
  #regexMayStart(): boolean {
    const before = this.#out.trimEnd();
    return /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|do|else|void|delete|throw|await|yield))$/
      .test(before);
  }

  #find(text: string): number {
    const found = this.#source.indexOf(text, this.#at);
    return found < 0 ? this.#source.length : found;
  }
}
