/**
 * Takes the place of `security_values.ts` in a bundle for browsers: a page's connections have no mechanism
 * (`security_web.ts`), so nothing reads these.
 *
 * @module
 */

/** None. */
export class SecurityValues {}
