/**
 * The test cases in a JUnit file as Deno, Bun and Node write it: three dialects of one small language. Node
 * and Bun nest suites; Deno lists each group as a case of its own beside the cases in it.
 */

/** One test and what came of it. */
export interface TestCase {
  /** Its groups and its name, joined by " > ". */
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
}

/** The test cases of a report. */
export function parseJunit(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  const suites: string[] = [];
  // Theirs at the top stands for the file and is no group of tests.
  const fileSuites = /<testsuites name="(deno|bun) test"/.test(xml) ? 1 : 0;
  const groupFailures = new Set<TestCase>();
  const token = /<testsuite\b((?:"[^"]*"|[^">])*)>|<\/testsuite>|<testcase\b((?:"[^"]*"|[^">])*?)(\/?)>/g;
  for (let match = token.exec(xml); match; match = token.exec(xml)) {
    const [text, suite, attributes, empty] = match;
    if (text === "</testsuite>") {
      suites.pop();
    } else if (attributes === undefined) {
      // An empty suite closes itself and holds nothing.
      if (!text.endsWith("/>")) suites.push(attribute(suite!, "name"));
    } else {
      const end = empty === "/" ? token.lastIndex : xml.indexOf("</testcase>", token.lastIndex);
      const body = xml.slice(token.lastIndex, end);
      const path = suites.slice(fileSuites);
      const failed = /<(failure|error)\b/.test(body);
      const found: TestCase = {
        name: [...path, attribute(attributes, "name")].join(" > "),
        result: failed ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
      };
      cases.push(found);
      if (failed && !/message="\d+ test steps? failed"/.test(body)) groupFailures.add(found);
      token.lastIndex = end;
    }
  }
  return cases.filter((found) => groupFailures.has(found) || !isGroup(found, cases));
}

/** Deno's groups; one that failed by itself (a hook, a leak) counts as a case all the same. */
function isGroup(found: TestCase, cases: readonly TestCase[]): boolean {
  const prefix = `${found.name} > `;
  return cases.some((other) => other.name.startsWith(prefix));
}

function attribute(attributes: string, name: string): string {
  const found = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes);
  // Node escapes quotation marks twice.
  return unescape((found?.[1] ?? "").replaceAll("&amp;quot;", "&quot;"));
}

function unescape(text: string): string {
  return text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (entity, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ({ lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" } as { [name: string]: string })[name] ??
      entity;
  });
}
