import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseRunbook, type Runbook, runbookFolder } from "../../scripts/drill/runbook.ts";
import { environments } from "../../stacks/environments/index.ts";
import { findKeptVariables } from "./kept-variables.ts";

const isPage = (name: string) => name.endsWith(".md");
const docs = readdirSync(join(runbookFolder, "../docs")).filter(isPage);
const paths = [...readdirSync(runbookFolder), ...docs.map((name) => `../docs/${name}`), "../README.md"];
const pages = paths.map((path) => parseRunbook(path, readFileSync(join(runbookFolder, path), "utf8")));

/** Values that are right for everyone. */
const commonValues = new Set([
  // The prompt of an AWS CLI that pages its output would hold up the block.
  "AWS_PAGER=",
  // Both environments have it: stacks/database.ts.
  "DATABASE=${DATABASE:-ecobeat}",
  // What the stacks need.
  "--desired-value 1000",
  // Both environments have more.
  "--reserved-concurrent-executions 25",
  // One line for each environment, of which you run one.
  ...Object.values(environments).flatMap(({ name, region, apiDomain }) => [
    `ENVIRONMENT=${name}`,
    `AWS_REGION=${region}`,
    `API=https://${apiDomain}`,
  ]),
]);

/** Variables whose default the shell computes, for everyone the right one. */
const computedDefaults = ["DATABASE", "BACKUP_LOCATION", "COPY", "ERASURES"];

/** A command that changes something in AWS, with a number. */
const chosenNumber = /^aws \S+ (?:create|delete|put|request|update)-\S* .*?(--[\w-]+ \d+)(?= |$)/;

const blocksOf = ({ sections }: Runbook): string[] =>
  sections.flatMap((section) => [section, ...section.steps].flatMap(({ commands }) => commands));

/** A variable and its value. */
const assignment = /(?:^|\s)((\w+)=((?:\$\{[^}]*\}|[^\s;])*))/g;

/** Replaces what the shell computes, `$(...)`, by `$`. */
function stripSubstitutions(line: string): string {
  const stripped = line.replace(/\([^()]*\)/g, "");
  return stripped === line ? line : stripSubstitutions(stripped);
}

/** Whether the shell computes no part of a value, or of its default. */
function isLiteral(value: string): boolean {
  const [, defaultValue] = /^\$\{\w+:-(.*)\}$/s.exec(value) ?? [];
  return !(defaultValue ?? value).includes("$");
}

/** The variables for which a page asks. */
const namesAskedIn = (blocks: readonly string[]): string[] =>
  blocks
    .flatMap(findKeptVariables)
    .filter(({ isAsked }) => isAsked)
    .map(({ name }) => name);

/**
 * What is wrong with the choices in a block of commands.
 * @param asked the variables for which its page asks
 */
function findMistakes(block: string, asked = namesAskedIn([block])): string[] {
  const lines = block.split("\n");
  const exported = lines.filter((line) => /^export /.test(line));
  const literals = exported.flatMap((line) =>
    [...stripSubstitutions(line).matchAll(assignment)]
      .filter(([, , , value]) => isLiteral(value!))
      .map(([, each]) => each!),
  );
  const kept = findKeptVariables(block);
  return [
    ...lines.flatMap((line) => {
      const [, number] = chosenNumber.exec(line) ?? [];
      return number && !commonValues.has(number) ? [`${number} acts when it is pasted`] : [];
    }),
    ...(/ops -- (?!cost ).*--environment production/.test(block) ? ["acts on production from every shell"] : []),
    ...(lines.some((line) => line.endsWith(" --dry-run")) && lines.some((line) => line.includes(" --yes"))
      ? ["acts before its dry run is read"]
      : []),
    // An interactive shell goes on after the line with the question. A program refuses an empty value, but not a part of one.
    ...lines.flatMap((line) =>
      asked
        .filter(
          (name) =>
            /^(aws \S+ (?!(describe|get|list|lookup)-)|npm )/.test(line) &&
            new RegExp(`[^\\s"]\\$${name}\\b|\\$${name}[^\\s"\\w]`).test(line),
        )
        .map((name) => `${name} can be an empty part of a value`),
    ),
    ...kept
      .filter(({ name, isAsked }) => !isAsked && !computedDefaults.includes(name))
      .map(({ name }) => `${name} has a default that is not right for everyone`),
    ...literals.filter((each) => !commonValues.has(each)).map((each) => `${each} acts when it is pasted`),
    ...[...block.matchAll(/\$\{\w+:-\.\.\.\}/g)].map(([each]) => `${each} acts when it is pasted`),
    ...kept.flatMap(({ name, question, isAsked, isSecret }) => [
      ...(isAsked && question.split(" ").length < 5 ? [`${name}: say what it is and where to find it`] : []),
      // An apostrophe begins a quotation even there.
      ...(isAsked && /['"`$\\]/.test(question)
        ? [`${name}: the question has a character that the shell interprets`]
        : []),
      ...(isAsked && !isSecret && /SECRET|PASSWORD|TOKEN|_URI/.test(name)
        ? [`${name}: read a secret without an echo`]
        : []),
    ]),
    ...(/(^|[;{] *)read\b/m.test(block) && kept.every(({ isSecret }) => !isSecret) ? ["read in another form"] : []),
    // `read` would take the next line of what you paste.
    ...(kept.some(({ isSecret }) => isSecret) && block.includes("\n") ? ["read is not alone in its block"] : []),
  ];
}

describe("choices in runbooks", () => {
  for (const page of pages) {
    it(`are left to the person: ${page.name}`, () => {
      const blocks = blocksOf(page);
      expect(blocks.flatMap((block) => findMistakes(block, namesAskedIn(blocks)))).to.deep.equal([]);
    });
  }

  it("are found: values, and secrets", () => {
    const kept = pages.flatMap((page) => blocksOf(page).flatMap(findKeptVariables));
    const asked = kept.filter(({ isAsked, isSecret }) => isAsked && !isSecret).map(({ name }) => name);
    expect(asked).to.include.members(["VERSION", "BEFORE", "POINT", "SUSPECT", "MIRROR", "OLD_KEY", "PLAN", "ARN"]);
    const secrets = kept.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    expect([...new Set(secrets)]).to.have.members([
      ...["MONGODB_URI", "NEW_MONGODB_URI", "MONGODB_ATLAS_CLIENT_SECRET", "REDIS_URL"],
    ]);
  });

  for (const [mistake, block, found] of [
    ["a literal", "export VERSION=41", "VERSION=41 acts"],
    ["a literal next to another value", "export A=$(date) B=b", "B=b acts"],
    ["a literal default", "export POINT=${POINT:-latest}", "POINT=${POINT:-latest} acts"],
    ["a number", "aws lambda put-function-concurrency --reserved-concurrent-executions 5 --output text", "5 acts"],
    ["another environment", "npm run -s ops -- deploy --environment production edge", "acts on production"],
    [
      "a dry run that no one reads",
      "npm run ops -- promote --dry-run\nnpm run ops -- promote --yes",
      "dry run is read",
    ],
    [
      "a part of a value that can be empty",
      'export HOST_NAME=${HOST_NAME:?the name of the host in Atlas}\naws ssm put-parameter --value "db://$HOST_NAME/x"',
      "HOST_NAME can be an empty part",
    ],
    [
      "a default that is one of several",
      "export STACK=${STACK:-ecobeat-$ENVIRONMENT-service}",
      "not right for everyone",
    ],
    ["a placeholder", "export ID=${ID:-...}", "acts when"],
    ["another region than the configured one", "export AWS_REGION=us-west-2", "AWS_REGION=us-west-2 acts"],
    ["a question without a place", "export ID=${ID:?the id}", "where to find it"],
    ["an apostrophe", "export ID=${ID:?the key's id from the first look above}", "the shell interprets"],
    ["a secret on the command line", "export MONGODB_URI=${MONGODB_URI:?the connection string from Atlas}", "an echo"],
    ["an echo", "read MONGODB_URI; export MONGODB_URI", "another form"],
    [
      "a secret before another command",
      `[ -n "\${A_SECRET:-}" ] || { printf 'The secret from the password manager: '; read -rs A_SECRET; }; export A_SECRET\nnpm ci`,
      "not alone",
    ],
  ] as const) {
    it(`would be refused with ${mistake}`, () => {
      expect(findMistakes(block).join("\n")).to.contain(found);
    });
  }

  const [secret] = pages.flatMap(blocksOf).filter((block) => block.includes("read -rs MONGODB_URI"));
  const run = (input: string, variables: Record<string, string> = {}) =>
    spawnSync("bash", ["-euc", `${secret}\nprintf '<%s>' "$(printenv MONGODB_URI)"`], {
      env: { PATH: process.env.PATH, ...variables },
      input,
      encoding: "utf8",
    });
  const hasBash = spawnSync("bash", ["--version"]).status === 0;

  (hasBash ? it : it.skip)("read a secret into the environment, unless it is there", () => {
    expect(run("mongodb://u:p\\@h\n").stdout).to.equal(
      "Connection string from Atlas, with the name of the database: <mongodb://u:p\\@h>",
    );
    expect(run("", { MONGODB_URI: "known" }).stdout).to.equal("<known>");
  });

  it("end a block with an error that says what is missing", () => {
    const [block] = pages.flatMap(blocksOf).filter((each) => each.includes("export BEFORE="));
    const { status, stderr } = spawnSync("sh", ["-c", block!], { env: { PATH: process.env.PATH }, encoding: "utf8" });
    expect(status).to.not.equal(0);
    expect(stderr).to.contain("the last time in UTC at which the data was right");
  });
});
