import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toNamePrefix } from "../../service/contract.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import type { Check, Context, Outcome } from "./check.ts";

/** Values that documentation uses as examples, and that no one owns. */
interface Placeholder {
  readonly what: string;
  readonly pattern: RegExp;
  readonly action: string;
}

const placeholders: readonly Placeholder[] = [
  {
    what: "AWS account",
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html and other pages use these.
    pattern: /\b(111122223333|444455556666|777788889999|123456789012|(\d)\2{11})\b/g,
    action: "Set the id of your account: `aws sts get-caller-identity` prints it.",
  },
  {
    what: "Atlas organization",
    pattern: /\b0{24}\b/g,
    action: "Set the id of your organization, from its settings in Atlas.",
  },
  {
    what: "GitHub repository",
    pattern: /@(\d)\1{5}\b/g,
    action: "Set the ids of your repository: `gitHubRepository` says how to print them.",
  },
  {
    what: "App Store id",
    pattern: /\bid1234567890\b/g,
    action: "Set the id of your app, from its page in App Store Connect.",
  },
  {
    what: "Apple app id",
    // https://developer.apple.com/documentation/xcode/supporting-associated-domains
    pattern: /\bABCDE12345\b/g,
    action:
      "Set your team id, from the membership details of your Apple developer account, and the bundle id of your app.",
  },
  {
    what: "Android certificate",
    // https://developers.google.com/digital-asset-links/v1/getting-started
    pattern: /\b14:6D:E9:83:C5:73(?=:)/g,
    action: "Set the SHA-256 fingerprint of your app signing key, from App integrity in the Play Console.",
  },
  {
    what: "example domain",
    // https://www.rfc-editor.org/rfc/rfc2606
    pattern: /\bexample\.(com|net|org)\b|\.(example|invalid)\b/g,
    action: "Set a domain that you own.",
  },
];

/** Folders and files with values of an owner. */
const places = ["stacks/environments", "service/company.ts", "service/app-version", ".github", "SECURITY.md"];

/** Examples of documentation where values of the owner belong. */
export const placeholderChecks: readonly Check[] = [
  {
    name: "placeholders",
    wanted: "none",
    async run(context) {
      const lines = (await Promise.all(places.map((place) => readLines(context, place)))).flat();
      return placeholders.map((each) => find(each, lines));
    },
  },
];

interface Line {
  /** File and number. */
  readonly at: string;
  readonly text: string;
}

function find({ what, pattern, action }: Placeholder, lines: readonly Line[]): Outcome {
  const found = lines.flatMap(({ at, text }) => [...text.matchAll(pattern)].map(([value]) => `${value} in ${at}`));
  return found.length === 0
    ? { subject: what, state: "ok", found: "none" }
    : { subject: what, state: "wrong", found: found.join(", "), action };
}

/** The lines of a file or folder that belong to the environment or to all. Comments may contain examples. */
async function readLines({ folder, environment }: Context, place: string): Promise<Line[]> {
  const paths = place.includes(".", 1)
    ? [place]
    : (await readdir(join(folder, place), { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length));
  const others = environmentNames.filter((name) => name !== environment.name);
  const isOther = (text: string, pattern: (name: string) => string) =>
    others.some((name) => text.includes(pattern(name))) && !text.includes(pattern(environment.name));
  const files = paths.filter((path) => !isOther(path, (name) => `environments/${name}.`));
  const lines = files.map(async (path) =>
    (await readFile(join(folder, path), "utf8"))
      .split("\n")
      .map((text, index) => ({ at: `${path}:${index + 1}`, text }))
      .filter(({ text }) => !/^\s*(\/\/|\/?\*|#)/.test(text) && !isOther(text, (name) => toNamePrefix(name))),
  );
  return (await Promise.all(lines)).flat();
}
