import { dictionary } from "@zxcvbn-ts/language-common";
import { productName } from "../company.ts";

const commonPasswords = new Set<string>(dictionary["passwords-common"]);

/** NIST SP 800-63B, 3.1.1.2: words that an attacker tries here first. */
const ownWords = [productName.toLowerCase()];

/**
 * Whether a password is among the 49,000 most common ones of known leaks, or little more than a word known of the user or the app.
 * Only a list can tell: composition rules lead people to `Password1!`.
 *
 * @param known texts about the user, such as the name
 */
export function isCommonPassword(password: string, known: readonly string[]): boolean {
  const folded = password.toLowerCase();
  if (commonPasswords.has(folded)) return true;
  // The rest without these words must be long enough for a password.
  return toWords(known).reduce((left, word) => left.replaceAll(word, ""), folded).length < 8;
}

/**
 * The known texts and their words, longest first: removing `smith` first would leave the end of `smithson`. Shorter words are part
 * of too many others.
 */
const toWords = (known: readonly string[]) =>
  [...ownWords, ...known]
    .map((text) => text.toLowerCase())
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{M}]+/u)])
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length);
