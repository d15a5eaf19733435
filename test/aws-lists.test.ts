import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NormalizedSchema } from "@smithy/core/schema";
import { expect } from "chai";

const root = join(import.meta.dirname, "..");

/** The commands whose lists are read to their end without a paginator of the SDK, and why. */
const ownLoops: Readonly<Record<string, string>> = {
  "scripts/backup/s3-location.ts ListMultipartUploadsCommand": "the SDK has no paginator: a page has two markers",
  "scripts/doctor/quotas.ts DescribeResourcePoliciesCommand": "the SDK has no paginator",
  "scripts/release/release-log.ts GetLogEventsCommand": "the SDK's paginator reads the oldest events first",
  "scripts/sizing/insights.ts GetQueryResultsCommand": "the SDK has no paginator, and the first page must be polled",
};

/** Fields of a response that say that there is another page. */
const nextPage = /^next(?!SequenceToken)|^(is)?truncated$|^marker$|^position$/i;

type Sdk = Readonly<Record<string, unknown>>;

/** The module of a client, by its name. */
const sdks = new Map<string, Sdk>();

/** Whether a response to a command can be one page of several. */
function isPaged(sdk: Sdk, command: string): boolean {
  if (`paginate${command.replace(/Command$/, "")}` in sdk) return true;
  const { schema } = new (sdk[command] as new (input: object) => { schema: unknown[] })({});
  const output = NormalizedSchema.of(schema[5] as never);
  return output.isStructSchema() && Object.keys(output.getMemberSchemas()).some((name) => nextPage.test(name));
}

/** The commands in a source that get only one page: as a command, or as a method of an aggregated client. */
async function findSinglePages(text: string): Promise<string[]> {
  const found = new Set<string>();
  for (const [name] of text.matchAll(/@aws-sdk\/client-[\w-]+/g)) {
    const sdk: Sdk = sdks.get(name) ?? (await import(name));
    sdks.set(name, sdk);
    const commands = [...text.matchAll(/\b[A-Z]\w+Command\b/g)].map(([command]) => command);
    const methods = [...text.matchAll(/\.([a-z])(\w+)\(/g)].map(
      ([, first, rest]) => `${first!.toUpperCase()}${rest}Command`,
    );
    for (const each of [...commands, ...methods]) if (each in sdk && isPaged(sdk, each)) found.add(each);
  }
  return [...found];
}

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !path.includes("node_modules"))
    .map((path) => join(folder, path));

describe("Lists of AWS", () => {
  it("are read to their end by everything that ships", async () => {
    const found: string[] = [];
    for (const file of ["main.ts", ...["bench", "clients", "scripts", "service", "stacks"].flatMap(filesBelow)]) {
      const commands = await findSinglePages(readFileSync(join(root, file), "utf8"));
      found.push(...commands.map((command) => `${file} ${command}`));
    }
    expect(sdks.size).to.be.greaterThan(10);
    expect(found).to.have.members(Object.keys(ownLoops));
  });

  for (const [what, text, found] of [
    ["a command with a paginator", "client-kms new ListAliasesCommand({})", ["ListAliasesCommand"]],
    ["a command without one", "client-route-53 ListHostedZonesByNameCommand", ["ListHostedZonesByNameCommand"]],
    ["a method of an aggregated client", "client-iam iam.listRoles({})", ["ListRolesCommand"]],
    ["a paginator", "client-kms paginateListAliases({ client }, {})", []],
    ["a list without pages", "client-ec2 new DescribeAddressesCommand({})", []],
    ["another call", "client-s3 new GetObjectCommand({}); s3.putObject({})", []],
  ] as const) {
    it(`${found.length > 0 ? "detects" : "allows"} ${what}`, async () => {
      expect(await findSinglePages(`@aws-sdk/${text}`)).to.deep.equal(found);
    });
  }
});
