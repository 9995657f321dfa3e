// Proves to the service, from within a page, who the shopper is: only for them are offers shown there. For servers.

import { createHmac } from "node:crypto";

/** @param {string} user_id @param {string} secret @param {number} [validSeconds] @param {number} [nowSeconds] since 1970 */
export function shopperToken(user_id, secret, validSeconds = 3600, nowSeconds = Date.now() / 1000) {
  const ends = Math.floor(nowSeconds + validSeconds);
  return `${ends}.${createHmac("sha256", secret).update(`${ends}.${user_id}`).digest("hex")}`;
}
