import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { dataMap, keyMap, type MappedCollection, type MappedKey } from "../../service/data-map.ts";
import { environments } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import { mailQueueName } from "../../stacks/names.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/privacy.md"), "utf8");

/** The rows of the table in a section. */
const tableOf = (title: string): string[] =>
  page
    .split(/^## /m)
    .find((section) => section.startsWith(`${title}\n`))!
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);

const toRow = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const toDuration = (seconds: number): string => {
  const [amount, unit] =
    seconds >= 24 * 60 * 60 ? [seconds / (24 * 60 * 60), "day"] : ([seconds / 60, "minute"] as const);
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
};

const toExport = (member: string | undefined): string => (member === undefined ? "no" : `\`${member}\``);

const days = (count: number | undefined): string => (count === undefined ? "none" : `${count} days`);

/** How long a queue keeps a message. */
function getRetention(queue: string): string {
  const [found] = resources(allStacks(), "aws_sqs_queue").filter(({ attributes }) => attributes.name === queue);
  return toDuration(found!.attributes.message_retention_seconds);
}

/** Copies of personal data, and how long an environment keeps them. */
const copies: readonly [name: string, content: string, retention: (environment: Environment) => string][] = [
  ["dumps in the backup bucket", "the database", ({ backup }) => days(backup.retentionDays)],
  [
    "snapshots of Atlas",
    "the database",
    // Atlas keeps those of Flex for as many days: https://www.mongodb.com/docs/atlas/reference/flex-limitations/
    ({ database }) => days(database.kind === "flex" ? 8 : Math.max(database.backups.dailyDays, 31)),
  ],
  [
    "online archive",
    "old activities",
    ({ database }) =>
      database.onlineArchive
        ? `${days(database.onlineArchive.keepDays)} after the activity took place`
        : days(undefined),
  ],
  ["logs in CloudWatch", "user ids; addresses of clients in the WAF log", (each) => days(each.logRetentionDays)],
  ["queue of mails", "addresses, and links until they expire", (each) => getRetention(mailQueueName(each.name))],
  [
    "dead-letter queue of mails",
    "the same of mails that could not be sent",
    (each) => getRetention(`${mailQueueName(each.name)}-failed`),
  ],
  // https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
  ["suppression list of SES", "addresses that bounced, or whose owners complained", () => "until removed"],
  // Fixed by AWS: https://docs.aws.amazon.com/general/latest/gr/xray.html
  ["traces in X-Ray", "URLs of requests; API Gateway may add the client's address", () => days(30)],
];

describe("The tables of docs/privacy.md", () => {
  it("list every collection of the data map", () => {
    const rows = Object.entries(dataMap as Record<string, MappedCollection>).map(([name, entry]) => {
      const [deleted, exported] =
        "userField" in entry ? ["yes", toExport(entry.exportedAs)] : [`no: ${entry.notPersonal}`, "no"];
      return toRow([
        `\`${name}\``,
        entry.content,
        entry.retention,
        deleted,
        exported,
        entry.isArchived ? "old ones" : "no",
      ]);
    });
    expect(tableOf("In the database")).to.deep.equal(rows);
  });

  it("list every kind of keys in Redis", () => {
    const rows = Object.entries(keyMap as Record<string, MappedKey>).map(([key, entry]) =>
      toRow([
        `\`${key}\``,
        entry.content,
        toDuration(entry.expirySeconds),
        entry.onDeletion,
        toExport(entry.exportedAs),
      ]),
    );
    expect(tableOf("In Redis")).to.deep.equal(rows);
  });

  it("state the retention of each copy in each environment", () => {
    const rows = copies.map(([name, content, toRetention]) =>
      toRow([name, content, ...Object.values(environments).map(toRetention)]),
    );
    expect(page).to.contain(toRow(["copy", "personal data", ...Object.keys(environments)]));
    expect(tableOf("Copies")).to.deep.equal(rows);
  });
});
