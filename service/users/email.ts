import { domainToASCII, domainToUnicode } from "node:url";

/** RFC 5321, 4.5.3.1.1, and RFC 1035, 2.3.4. */
const maxLocalBytes = 64;
const maxDomainLength = 253;

const domainLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Characters that no unquoted local part contains, and invisible ones: two addresses that look alike would be two accounts. */
const notInLocal = /[\s@\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}"(),:;<>[\\\]]/u;
const notInDomain = /[^\p{L}\p{M}\p{N}.-]|\p{Default_Ignorable_Code_Point}/u;

/** Case folding turns it into a letter, whose position then depends on the normalization before. */
const iotaSubscript = "\u0345";

/**
 * The canonical form of an e-mail address, by which accounts are identified: compatibility-composed, case-folded, the domain in
 * ASCII. So `Ann@BÜCHER.example`, its decomposed spelling and `ann@xn--bcher-kva.example` are one account. (RFC 5321 allows a
 * server to distinguish case in the local part. No relevant server does, and users would not expect two accounts.)
 *
 * @returns undefined if this is no e-mail address, and must be refused
 */
export function canonicalEmail(address: string): string | undefined {
  if (address.normalize("NFKD").includes(iotaSubscript)) return undefined;
  const folded = withoutCase(address);
  // After folding: only now is a full-width `＠` or space an ordinary one.
  const at = folded.lastIndexOf("@");
  const local = folded.slice(0, at);
  const domain = canonicalDomain(folded.slice(at + 1));
  return at > 0 && isLocalPart(local) && domain !== undefined ? `${local}@${domain}` : undefined;
}

/** Lower case alone would distinguish `ß` from `SS`, and one sigma from the other. */
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
  // Before the conversion, which treats the domain as the host of a URL: it cuts at `/`, decodes `%74` and drops line breaks.
  if (notInDomain.test(folded)) return undefined;
  const decoded = domainToUnicode(folded);
  // Such as `xn--a`, which is no label of Punycode: Node.js 24 leaves it as it is.
  if (decoded.split(".").some((label) => label.startsWith("xn--"))) return undefined;
  // Such as `xn--ann-`, which would become `ann`.
  if (domainToASCII(decoded) !== domainToASCII(folded)) return undefined;
  // Again, as an encoded `straße` must be folded like the plain one.
  const domain = domainToASCII(withoutCase(decoded));
  const labels = domain.split(".");
  const isDomain =
    domain.length <= maxDomainLength &&
    labels.length >= 2 &&
    labels.every((label) => domainLabel.test(label)) &&
    // A numeric last label would make it an IPv4 address.
    !/^\d+$/.test(labels.at(-1)!);
  return isDomain ? domain : undefined;
}
