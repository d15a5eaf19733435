import { domainToASCII, domainToUnicode } from "node:url";

/** RFC 5321, 4.5.3.1.1, and RFC 1035, 2.3.4. */
const maxLocalBytes = 64;
const maxDomainLength = 253;

const domainLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What no local part holds unquoted, and what cannot be seen: two addresses that look alike would be two accounts. */
const notInLocal = /[\s@\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}"(),:;<>[\\\]]/u;
const notInDomain = /[^\p{L}\p{M}\p{N}.-]|\p{Default_Ignorable_Code_Point}/u;

/** Case turns it into a letter, whose place then depends on how the address was normalized before. */
const iotaSubscript = "\u0345";

/**
 * The one form of an e-mail address by which accounts are told apart: compatibility-composed, without case, the
 * domain in ASCII. So `Ann@BÜCHER.example`, its decomposed spelling and `ann@xn--bcher-kva.example` are one
 * account. (RFC 5321 lets a server tell upper from lower case in the local part; none that matters does, and
 * two accounts a typing habit apart would be a trap.)
 *
 * @returns undefined if this is no address: then it must be refused
 */
export function canonicalEmail(address: string): string | undefined {
  if (address.normalize("NFKD").includes(iotaSubscript)) return undefined;
  const folded = withoutCase(address);
  // After folding, not before: a full-width `＠` or space only shows itself now.
  const at = folded.lastIndexOf("@");
  const local = folded.slice(0, at);
  const domain = canonicalDomain(folded.slice(at + 1));
  return at > 0 && isLocalPart(local) && domain !== undefined ? `${local}@${domain}` : undefined;
}

/** Lower case alone would tell `ß` from `SS`, and one sigma from the other. */
const withoutCase = (text: string) =>
  text.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");

function isLocalPart(local: string): boolean {
  return (
    Buffer.byteLength(local) <= maxLocalBytes &&
    !notInLocal.test(local) &&
    local.split(".").every((part) => part !== "")
  );
}

function canonicalDomain(folded: string): string | undefined {
  // Before the conversion, which is that of a URL's host: it would cut at `/`, decode `%74` and drop line breaks.
  if (notInDomain.test(folded)) return undefined;
  const decoded = domainToUnicode(folded);
  // Such as `xn--ann-`, which would become `ann`.
  if (domainToASCII(decoded) !== domainToASCII(folded)) return undefined;
  // Again, as an encoded `straße` must lose its case as the plain one does.
  const domain = domainToASCII(withoutCase(decoded));
  const labels = domain.split(".");
  const isDomain =
    domain.length <= maxDomainLength &&
    labels.length >= 2 &&
    labels.every((label) => domainLabel.test(label)) &&
    // It would be an IPv4 address.
    !/^\d+$/.test(labels.at(-1)!);
  return isDomain ? domain : undefined;
}
