/**
 * A password in the form that is compared: the OpaqueString profile of RFC 8265, 4.2. Other spaces become U+0020, and the result
 * is in NFC, since one keyboard sends `é` as one code point and another as two.
 */
export const opaqueString = (password: string): string => password.replace(/\p{Zs}/gu, " ").normalize("NFC");
