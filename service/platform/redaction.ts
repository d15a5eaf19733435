import { shortestRefreshToken } from "../contract.ts";

/**
 * Redaction of what the service issues and accepts: tokens, passwords, e-mail addresses and the credentials of its URIs. It is the
 * second line of defence. The first is not to log them, the third is the data protection of CloudWatch.
 *
 * Each function takes linear time: it reads no character more often than a fixed number of times, whatever a client sends.
 */

/** Names whose values never reach a log. */
const secretName =
  /passw|passphrase|pwd|secret|token|pepper|authori[sz]ation|cookie|api.?key|idempotency.?key|e.?mail|private.?key|credential|x-amz-signature/i;

/** Whether the values of a member with this name never reach a log. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/** Ids, names, routes and types of problems, which are most texts of a log. No secret consists of so few of these characters. */
const plain = /^(?:https:\/\/)?(?:[\w{}.-]|\/:?)*$/;
const maxPlainCharacters = 64;

/** A character that every address has, as itself or encoded. The others become `@` when an address is normalized. */
const atSign = /[@\uff20\ufe6b]/g;
const encodedAtSign = /%(?:25)*40|%ef%bc%a0|%ef%b9%ab|\\+u(?:0040|ff20|fe6b)/gi;

/** Header and payload of a JWT are JSON objects, in base64url. Its signature may be cut off, and a word may stand before it. */
const dottedWord = /(?<![\w-])[\w-]+(?:\.[\w-]*)+/g;
const jwt = /eyJ[\w-]+\.[\w-]+.*/s;
const refreshToken = new RegExp(`(?<![\\w-])[\\w-]{${shortestRefreshToken},}`, "g");
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*/g;

/** Redacts secrets and e-mail addresses in free text, such as a driver's error message or JSON. */
export function redactText(text: string): string {
  if (text.length <= maxPlainCharacters && plain.test(text)) return text;
  let shown = text;
  if (shown.includes(":")) shown = redactUserInformation(shown);
  if (secretName.test(shown)) shown = redactNamed(shown);
  if (shown.includes("eyJ")) shown = shown.replace(dottedWord, (word) => word.replace(jwt, "[token]"));
  shown = shown.replace(refreshToken, "[token]").replace(privateKey, "[private key]");
  shown = redactAddresses(shown, atSign);
  return /%|\\u/.test(shown) ? redactAddresses(shown, encodedAtSign) : shown;
}

/** User information follows the slashes of a URI, which JSON may escape. */
const userInformation = /:(?:\\*\/){2}(?=[^/@\s:]*[:@])/g;
const portOfHttp = /(?<=\bhttps?:(?:\\*\/){2}[^/@\s:]*):\d+(?=[/?#\s"'`\\]|$)/y;
const whiteSpace = /\s/g;

/**
 * Redacts user information in URIs, up to the last `@` before white space: a password may contain a slash, a quote or an `@` that
 * should have been encoded.
 */
function redactUserInformation(text: string): string {
  let [shown, end, runEnd, lastAt] = ["", 0, 0, -1];
  for (const { 0: slashes, index } of text.matchAll(userInformation)) {
    if (index < end) continue;
    const start = index + slashes.length;
    if (index >= runEnd) {
      whiteSpace.lastIndex = start;
      runEnd = whiteSpace.exec(text)?.index ?? text.length;
      lastAt = text.lastIndexOf("@", runEnd - 1);
    }
    if (lastAt < start || isPort(text, start)) continue;
    shown += `${text.slice(end, start)}[redacted] at `;
    end = lastAt + 1;
  }
  return shown + text.slice(end);
}

/** Whether a colon after a host begins a port, and no password: our databases have no paths with an `@`, packages of the web do. */
function isPort(text: string, start: number): boolean {
  portOfHttp.lastIndex = text.indexOf(":", start);
  return portOfHttp.lastIndex >= start && portOfHttp.test(text);
}

const secretNames = new RegExp(secretName, "gi");
const restOfWord = /[\w-]*/y;
const memberSeparator = /\\*["'`]\]?[^\S\n]*(?::|=>?)[^\S\n]*/y;
const openingQuote = /(\\*)(["'`])/y;
const scalar = /[\w.+-]*(?=[^\S\n]*(?:[,}\]]|$))/my;
const parameter = /[\w.[\]-]*=/y;
/** A colon or `=` after the quotes of a name, all of them encoded. */
const encodedSeparator = /(?:%(?:25)*(?:5c|22|27))*(?:%(?:25)*20|\+)*%(?:25)*3[ad]/iy;
const parameterValue = /[^&\s"<>]*/y;
const proseSeparator = /\]*[^\S\n]*(?:(?:is|was)[^\S\n]*)?[:=][^\S\n]*/y;
const beforeQuote = /[^\S\n]+(?:(?:is|was|as|of)[^\S\n]+)?(?=\\*["'`])/y;
const beforePassword = /[^\S\n]+(?:(?:is|was)[^\S\n]+)?(?=\S{0,256}\d)(?=\S{8})/y;

/** Matches a sticky pattern at a position. */
function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

/** Redacts the values of what has the name of a secret: members of JSON, parameters of URLs, and in prose the rest of the line. */
function redactNamed(text: string): string {
  let [shown, end, position] = ["", 0, 0];
  for (;;) {
    const name = matchAt(secretNames, text, position);
    if (!name) return shown + text.slice(end);
    const from = position;
    position = name.index + name[0].length;
    position += matchAt(restOfWord, text, position)![0].length;
    const value = findValue(text, name, position, from);
    if (!value) continue;
    shown += `${text.slice(end, value.start)}[redacted]`;
    end = value.end;
    position = end;
  }
}

interface Range {
  start: number;
  end: number;
}

/**
 * The value of a name.
 * @param wordEnd where the word ends that contains the name
 * @param from where the word or value before ends
 */
function findValue(
  text: string,
  { 0: name, index }: RegExpExecArray,
  wordEnd: number,
  from: number,
): Range | undefined {
  const member = matchAt(memberSeparator, text, wordEnd);
  if (member) return findMemberValue(text, wordEnd + member[0].length);

  const wordStart = findStart(text, index, from, isPartOfName);
  const before = text[wordStart - 1] ?? "";
  const equals =
    matchAt(encodedSeparator, text, wordEnd) ?? (/[?&]/.test(before) ? matchAt(parameter, text, wordEnd) : undefined);
  if (equals) {
    const start = wordEnd + equals[0].length;
    return { start, end: start + matchAt(parameterValue, text, start)![0].length };
  }
  const separator = matchAt(proseSeparator, text, wordEnd)?.[0];
  const isInPath = before === "/";
  if (separator !== undefined) {
    // Not in a path, such as a route's; not in an ARN, where no space follows; and not the name of an error.
    const isPartOfId = isInPath || (before === ":" && separator === ":");
    const isHarmless =
      separator.includes(":") && (isPartOfId || /(?:Error|Exception)$/.test(text.slice(index, wordEnd)));
    return isHarmless ? undefined : restOfValue(text, wordEnd + separator.length);
  }
  const gap =
    matchAt(beforeQuote, text, wordEnd) ??
    (/^p/i.test(name) && !isInPath ? matchAt(beforePassword, text, wordEnd) : undefined);
  // `Unexpected token '<'` is a parser's.
  if (!gap || /unexpected $/i.test(text.slice(Math.max(wordStart - 11, 0), wordStart))) return undefined;
  return restOfLine(text, wordEnd + gap[0].length);
}

/** The value of a member of JSON, also of JSON in a string of JSON; without its quotes. */
function findMemberValue(text: string, start: number): Range {
  const opening = matchAt(openingQuote, text, start);
  if (!opening) {
    const end = start + (matchAt(scalar, text, start)?.[0].length ?? 0);
    return end > start ? { start, end } : restOfValue(text, start);
  }
  const [quoted, slashes, quote] = opening as unknown as [string, string, string];
  const first = start + quoted.length;
  const end = findClosingQuote(text, first, slashes.length, quote);
  if (end === undefined) return restOfValue(text, first);
  return { start: first, end: matchAt(continuedText, text, end) ? restOfValue(text, end).end : end };
}

/**
 * Where a string ends, of JSON or as Node.js prints it. A quote in the string has twice the backslashes of the string's own quotes, and
 * one more. JSON doubles backslashes before other quotes than its own, which are then in the string if they have more than the opening.
 * @param depth how many backslashes the string's own quotes have
 * @returns undefined if it does not end on its line, or a quote may be in it or its end: after two backslashes, either is possible
 */
function findClosingQuote(text: string, start: number, depth: number, quote: string): number | undefined {
  const { end: lineEnd } = restOfLine(text, start);
  for (let at = text.indexOf(quote, start); at !== -1 && at < lineEnd; at = text.indexOf(quote, at + 1)) {
    const slashes = at - findStart(text, at, start, isBackslash);
    const isInString = (slashes + 1) % (2 * (depth + 1)) === 0;
    if (quote !== '"' && isInString !== slashes > depth) return undefined;
    if (!isInString) return at - Math.min(slashes, depth);
  }
  return undefined;
}

/** How Node.js prints a text of several lines. */
const continuedText = /\\*["'`] \+(?:\n|\\+n)/y;
const continuedValue = /[[{(+]$/;
const indentation = /[^\S\n]*/y;

/** The rest of a line, and if a list, an object or a sum begins there, the lines below that are indented deeper. */
function restOfValue(text: string, start: number): Range {
  let { end } = restOfLine(text, start);
  if (!continuedValue.test(text.slice(Math.max(start, end - 1), end))) return { start, end };
  const indentAt = (at: number) => matchAt(indentation, text, at)![0].length;
  const indent = indentAt(text.lastIndexOf("\n", start - 1) + 1);
  while (end < text.length && indentAt(end + 1) > indent) end = restOfLine(text, end + 1).end;
  return { start, end };
}

function restOfLine(text: string, start: number): Range {
  const end = text.indexOf("\n", start);
  return { start, end: end === -1 ? text.length : end };
}

const isBackslash = (code: number) => code === 0x5c;

/** `[A-Za-z0-9_.[\]-]`. */
const isPartOfName = (code: number) =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5d && code !== 0x5c) ||
  (code >= 0x2d && code <= 0x39 && code !== 0x2f) ||
  code === 0x5f;

/** Where the characters before a position begin that a condition holds for; at least `from`. */
function findStart(text: string, position: number, from: number, condition: (code: number) => boolean): number {
  let start = position;
  while (start > from && condition(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/** White space, controls, and what `users/email.ts` accepts in no local part. A backslash may escape a letter. */
const notInLocal = new Set([...'"(),:;<>[]@\uff20\ufe6b'].map((character) => character.charCodeAt(0)));
const isInLocal = (code: number) =>
  code < 0x80
    ? code > 0x20 && code !== 0x7f && !notInLocal.has(code)
    : !notInLocal.has(code) && !/\s|\p{Cc}/u.test(String.fromCharCode(code));

/** The domain after an at sign. Of ASCII, a domain has only letters, digits, hyphens and dots, unless they escape others. */
const domain =
  /(?:[a-z\d.-]|[^\0-\xa0\s\uff20\ufe6b]|\\+u(?!0040|ff20|fe6b)[\da-f]{4}|%(?!(?:25)*40)(?:25)*[\da-f]{2})+/iuy;
const asciiDomain = /^[a-z\d.-]*$/i;

/** Whether a name has a dot and does not end with a number: the scope of a package has no dot, and its version does. */
function isDomain(name: string): boolean {
  const lastDot = name.lastIndexOf(".");
  return !asciiDomain.test(name) || (lastDot > 0 && !/^\d+$/.test(name.slice(lastDot + 1)));
}

/** `[.-]`, which may end the sentence. */
const isDotOrHyphen = (code: number) => code === 0x2d || code === 0x2e;

/** Redacts e-mail addresses, in every form that a registration accepts, with the given at signs. */
function redactAddresses(text: string, atSigns: RegExp): string {
  let [shown, end, from] = ["", 0, 0];
  for (const { 0: at, index } of text.matchAll(atSigns)) {
    const start = findLocalPart(text, index, Math.max(end, from));
    from = index + at.length;
    if (start === index) continue;
    const found = matchAt(domain, text, from)?.[0] ?? "";
    const name = found.slice(0, findStart(found, found.length, 0, isDotOrHyphen));
    if (!isDomain(name)) continue;
    const isScope = text[from + name.length] === "/" && text.slice(start, index).endsWith("node_modules/");
    if (isScope) continue;
    shown += `${text.slice(end, start)}[e-mail]`;
    end = from + name.length;
  }
  return shown + text.slice(end);
}

/** RFC 5321 allows spaces in a local part between quotes. */
const maxQuotedCharacters = 130;

function findLocalPart(text: string, at: number, from: number): number {
  if (text[at - 1] !== '"') return findStart(text, at, from, isInLocal);
  const opening = text.lastIndexOf('"', at - 2);
  return opening >= Math.max(from, at - maxQuotedCharacters) ? opening : at;
}
