/** From this length on, the first character of a text tells little of the rest. */
const shortestWithInitial = 3;

/** A personal text that keeps its first character, such as `A***`. A short one keeps nothing. */
export function maskText(text: string): string {
  const characters = [...text];
  return characters.length < shortestWithInitial ? "***" : `${characters[0]}***`;
}

/** An e-mail address of which its holder recognizes the form, such as `a***@e***.com`. The top-level domain stays. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const lastDot = domain.lastIndexOf(".");
  return `${maskText(email.slice(0, at))}@${maskText(domain.slice(0, lastDot))}${domain.slice(lastDot)}`;
}
