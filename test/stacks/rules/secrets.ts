import type { Rule } from "./rule.ts";

const secretNames = /(password|passwd|secret|token|private_?key|credential|api_?key_?value)s?$/i;
const secretValues = [
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  /:\/\/[^\s/@:"]+:[^\s/@"]+@/,
  /\b(gh[opsu]|xox[abp]|sk|glpat)[-_]\w{16,}/,
];
// Hashes of our files and names of AWS look random; their attributes identify them.
const publicAttributes = ["source_code_hash", "filename", "snapshot", "security_policy"];

/** Whether a text looks random: long, and hexadecimal, or with letters of both cases and digits. */
const isRandom = (value: string): boolean =>
  /^[\da-f]{32,}$/.test(value) ||
  (/^[\w+/=-]{32,}$/.test(value) && [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value)));

function looksSecret(name: string, value: string): boolean {
  if (value.includes("${")) {
    return secretValues.some((pattern) => pattern.test(value));
  }
  return (
    secretNames.test(name) ||
    secretValues.some((pattern) => pattern.test(value)) ||
    (isRandom(value) && !publicAttributes.includes(name))
  );
}

function findSecrets(path: string, name: string, value: unknown): string[] {
  if (typeof value === "string") {
    return looksSecret(name, value) ? [`${path}: looks like a secret`] : [];
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) =>
      findSecrets(`${path}.${key}`, Array.isArray(value) ? name : key, inner),
    );
  }
  return [];
}

export const noSecrets: Rule = {
  name: "no stack holds a value that looks like a secret",
  check: (stacks) =>
    Object.entries(stacks).flatMap(([name, { resource, output, provider, data }]) =>
      findSecrets(name, "", { resource, output, provider, data }),
    ),
};
