/**
 * Takes the place of `option_numbers.ts` in a bundle for browsers: options have names there, and no numbers.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

function none(): never {
  throw new ZmqError("ENOTSUP", "A page has options by their names only");
}

export {
  none as getContextOption,
  none as getOption,
  none as getSocketOption,
  none as setContextOption,
  none as setOption,
  none as setSocketOption,
};
