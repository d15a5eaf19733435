import { domainToASCII } from "node:url";

/**
 * The one form of an e-mail address by which accounts are told apart: compatibility-composed, in lower case, the
 * domain in ASCII. So `Ann@BÜCHER.example`, its decomposed spelling and `ann@xn--bcher-kva.example` are one
 * account. (RFC 5321 lets a server tell upper from lower case in the local part; none that matters does, and
 * two accounts a typing habit apart would be a trap.)
 *
 * @returns undefined if this is no address: then it must be refused
 */
export function canonicalEmail(address: string): string | undefined {
  const folded = address.normalize("NFKC").toLowerCase().normalize("NFKC");
  const at = folded.lastIndexOf("@");
  const local = folded.slice(0, at);
  const domain = domainToASCII(folded.slice(at + 1));
  // After folding, not before: a full-width `＠` or space only shows itself now.
  if (at < 1 || /[\s@\p{Cc}\p{Cf}"(),:;<>[\\\]]/u.test(local) || !domain.includes(".")) return undefined;
  return `${local}@${domain}`;
}
