/**
 * What a page says for a shopper who is signed in, made with the shop's RECSVC_SHOPPER_SECRET. Whoever has it may see
 * the shopper's offer as long as it is valid, an hour unless told otherwise.
 */
export function shopperToken(user_id: string, secret: string, validSeconds?: number, nowSeconds?: number): string;
