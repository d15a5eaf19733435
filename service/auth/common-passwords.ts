import { dictionary } from "@zxcvbn-ts/language-common";

const commonest = new Set<string>(dictionary["passwords-common"]);

/** NIST SP 800-63B, 3.1.1.2: words that anybody would try here first. */
const ownWords = ["ecobeat"];

/**
 * True if a password is among the 49,000 commonest of known leaks, or little more than what is known of the user or of us.
 * Only a list tells: rules of composition make people write `Password1!`.
 *
 * @param known what the same request says of the user, such as the name
 */
export function isCommonPassword(password: string, known: readonly string[]): boolean {
  const folded = password.toLowerCase();
  if (commonest.has(folded)) return true;
  // What is left without such words must still be long enough for a password.
  return toWords(known).reduce((left, word) => left.replaceAll(word, ""), folded).length < 8;
}

/**
 * What is known as a whole and word by word, the longest first: of `smithson`, `smith` would leave an end. Shorter ones are part
 * of too many others.
 */
const toWords = (known: readonly string[]) =>
  [...ownWords, ...known]
    .map((text) => text.toLowerCase())
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{M}]+/u)])
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length);
