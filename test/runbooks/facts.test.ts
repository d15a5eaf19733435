import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as acm from "@aws-sdk/client-acm";
import type { DeploymentInfo, ErrorInformation } from "@aws-sdk/client-codedeploy";
import { expect } from "chai";
import type { Command } from "commander";
import { parseRunbook, runbookFolder } from "../../scripts/drill/runbook.ts";
import { createProgram } from "../../scripts/ops.ts";
import { releasedFunctions } from "../../scripts/release/functions.ts";
import type { SecurityEvent } from "../../service/auth/security-events.ts";
import { production } from "../../stacks/environments/production.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";
import { getAlarmRunbooks } from "./alarm-runbooks.ts";
import { type LoggedValues, readLoggedValues } from "./logged-values.ts";
import { findPromises } from "./promises.ts";

const root = join(runbookFolder, "..");
const pages = readdirSync(runbookFolder).filter((name) => name !== "README.md");
const read = (page: string): string => readFileSync(join(runbookFolder, page), "utf8");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Values of other programs in a runbook, which no package here lists, with the page that does. */
const documentedValues: Readonly<Record<string, string>> = {
  // What EventBridge Scheduler got from Lambda.
  "failed-events.md: ResourceNotFoundException": "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
  "failed-events.md: TooManyRequestsException": "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
  // Lambda's `record.errorType`, which the saved query shows.
  "high-errors.md: Runtime.ExitError": "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html",
  "high-errors.md: Runtime.OutOfMemory": "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html",
  // Of a replication group.
  "redis.md: available": "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html",
  "redis.md: modifying": "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html",
  "redis.md: create-failed":
    "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html",
  // STS has another protocol than KMS and Lambda, and other names of errors.
  "lost-access.md: AccessDenied": "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
  "git-host-lost.md: origin": "https://git-scm.com/docs/git-clone",
};

const events: readonly SecurityEvent[] = [
  "refresh_token_repeated_late",
  "refresh_rotation_recovered",
  "password_reset",
  "mail_limit_reached",
];
const codeDeployMembers: readonly (keyof DeploymentInfo | keyof ErrorInformation | "ErrorCode")[] = [
  "errorInformation",
];

/** The lines of programs that print, without comments and conditions on errors of others. */
const printingCode = ["scripts", "service/local/aws-errors.ts", "service/health"]
  .flatMap((path) =>
    path.endsWith(".ts")
      ? [path]
      : readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".ts"))
          .map((name) => join(path, name)),
  )
  .flatMap((path) => readFileSync(join(root, path), "utf8").split("\n"))
  .filter((line) => !/^\s*(\/\/|\/?\*)|\.startsWith\(|\.name ===|\.test\(|= \//.test(line))
  .join("\n");

/** Whether a program prints a text. A single word must be a string of its own. */
const isPrinted = (text: string): boolean =>
  text.includes(" ")
    ? printingCode.includes(text)
    : ['"', "'", "`"].some((quote) => printingCode.includes(`${quote}${text}${quote}`));

/** Whether `ops` has a command, up to its first option. */
function isCommand(words: string): boolean {
  const names = words.replace(/^npm run (-s )?ops -- /, "").split(" ");
  const end = names.findIndex((name) => name.startsWith("-"));
  let command: Command | undefined = createProgram();
  for (const name of end < 0 ? names : names.slice(0, end)) {
    command = command?.commands.find((each) => each.name() === name);
  }
  return end !== 0 && command !== undefined;
}

/** Who knows a value of a decision table, by kind. */
const createSources = (log: LoggedValues) => {
  const webAcls = JSON.stringify(resources(allStacks(), "aws_wafv2_web_acl").map(({ attributes }) => attributes));
  // Some rules are JSON within the JSON of a stack.
  const rules = [...webAcls.replaceAll("\\", "").matchAll(/"name":"([^"]+)"/gi)].map(([, name]) => name!);
  return {
    "an alarm": (value: string) =>
      value.startsWith("-") && [...getAlarmRunbooks().keys()].some((name) => name.endsWith(value)),
    "a field of the log": (value: string) => log.fields.has(value),
    "a dependency in the log": (value: string) => log.dependencies.has(value),
    "an error in the log": (value: string) => log.errors.has(value),
    "the errors of a library in the log": (value: string) =>
      value === "Mongo" && [...log.errors].some((name) => name.startsWith(value)),
    "a message in the log": (value: string) =>
      value.includes(" ") && log.messages.some((message) => message.includes(value)),
    "a security event": (value: string) => events.includes(value as SecurityEvent),
    "a status of a certificate": (value: string) => value in acm.CertificateStatus,
    "a member of CodeDeploy's response": (value: string) =>
      value === "ErrorCode" || codeDeployMembers.includes(value as never),
    "a command": isCommand,
    "a text that a command prints": (value: string) => isPrinted(value.replace(/^\[(.*)\]$/, "$1")),
    "a rule of a web ACL": (value: string) =>
      value.endsWith("...") ? rules.some((name) => name.startsWith(value.slice(0, -3))) : rules.includes(value),
    "a function": (value: string) => releasedFunctions.includes(value as never),
    "a path": (value: string) => value.includes("/") && existsSync(join(root, value)),
    "a setting": (value: string) => value in production,
    "a script": (value: string) => value.replace(/^npm run -s /, "") in scripts,
  };
};

/** The values in code font in the decision table of a runbook. */
const valuesIn = (markdown: string): string[] => {
  const [, table = ""] = /^## Decide$(.*?)^## /ms.exec(markdown) ?? [];
  const rows = table.split("\n").filter((line) => line.startsWith("|"));
  return rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, value]) => value!));
};

describe("values in decision tables", function () {
  this.timeout(180_000);
  let sources: ReturnType<typeof createSources>;
  before(async () => {
    sources = createSources(await readLoggedValues());
  });
  const isKnown = (value: string, page: string) =>
    Object.values(sources).some((knows) => knows(value)) ||
    `${page}: ${value}` in documentedValues ||
    read(page).includes(`export ${value}=`);

  for (const page of pages) {
    it(`exist: ${page}`, () => {
      expect(valuesIn(read(page)).filter((value) => !isKnown(value, page))).to.deep.equal([]);
    });
  }

  it("are found, and those that do not exist are refused", () => {
    const values = valuesIn(read("high-errors.md"));
    expect(values).to.include.members(["dependency", "ThrottlingException", "Runtime.OutOfMemory"]);
    for (const invented of [
      ...["RateExceeded", "Throttling", "AccessDenied", "signal: killed", "create failed", "-api-crashes"],
      // An error of Lambda's API, which no log has, and parts of names.
      ...["TooManyRequestsException", "depend", "origin-ver", "ecobeat", "AWSManaged"],
    ]) {
      expect(isKnown(invented, "high-errors.md"), invented).to.equal(false);
    }
  });

  it("that are documented elsewhere are used", () => {
    const used = pages.flatMap((page) => valuesIn(read(page)).map((value) => `${page}: ${value}`));
    expect(used).to.include.members(Object.keys(documentedValues));
  });
});

/** Stands for what a template computes. */
const computed = "\0";
const templates = printingCode
  .replace(/\$\{[^{}]*\}/g, computed)
  .split("\n")
  .filter((line) => line.includes(computed))
  .join("\n");

/** Whether a command prints words, of which a template may compute up to a half. */
function isOutput(words: string): boolean {
  if (printingCode.includes(words)) return true;
  const each = words.split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(each.map((word) => `(?:(${word})|\\S*${computed}\\S*)`).join(" "), "g");
  return [...templates.matchAll(pattern)].some(
    ([, ...literal]) => literal.filter((word) => word !== undefined).length >= each.length / 2,
  );
}

/** What one should see after a block of commands of `ops`, but does not. */
const findBrokenPromises = (name: string, markdown: string): string[] =>
  parseRunbook(name, markdown)
    .sections.flatMap((section) => [section, ...section.steps])
    .flatMap(({ commands, outcomes }) =>
      commands.flatMap((block, index) =>
        block.split("\n").every((line) => /^(\S+=\S+ )?npm run -s ops -- /.test(line))
          ? findPromises(outcomes[index]!)
          : [],
      ),
    )
    .filter((words) => !isOutput(words));

describe("output that pages say one should see of ops", () => {
  for (const page of [...readdirSync(runbookFolder), "../docs/bootstrap.md"]) {
    it(`exists: ${page}`, () => {
      expect(findBrokenPromises(page, read(page))).to.deep.equal([]);
    });
  }

  it("is found", () => {
    const page = (outcome: string) =>
      `# Page\n\n## Steps\n\n1. Do:\n\n       npm run -s ops -- status\n\n   You should see ${outcome}.\n`;
    for (const words of ["staging runs", "resumed already", "reserved concurrency from 0 to", "is withdrawn"]) {
      expect(findBrokenPromises("page", page(`\`${words}\``)), words).to.deep.equal([]);
    }
    for (const words of ["are refused everything", "staging walks", "resumed twice", "would have shifted"]) {
      expect(findBrokenPromises("page", page(`\`${words}\``)), words).to.deep.equal([words]);
    }
  });
});
