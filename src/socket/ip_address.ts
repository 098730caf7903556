/**
 * Numeric IP addresses, as `base/ip_address.ts` reads them: the name under which this folder knows them.
 *
 * @module
 */

export { isIpv4, isIpv6, parseIpAddress } from "../base/ip_address.ts";
