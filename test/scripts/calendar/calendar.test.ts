import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describeDue, formatEntries, getDueDay, listEntries, noticeDays } from "../../../scripts/calendar/calendar.ts";
import { type Expiry, expiries } from "../../../scripts/calendar/expiries.ts";
import { probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { parameters } from "../../../service/contract.ts";
import { providerVersions } from "../../../stacks/providers.ts";
import { lambdaRuntimes } from "../../../stacks/service-values.ts";
import { terraformVersion } from "../../../stacks/workspace-stack.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { wholeApp } from "../../stacks/rules/rule.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const row: Expiry = { what: "A", owner: "api", ends: "2027-06-30", source: "https://example.com", renew: "Raise it." };
const dayMs = 24 * 60 * 60 * 1000;
/** A time on the day that is so many days before `row` ends. */
const beforeEnd = (days: number) => Date.parse("2027-06-30T13:00:00Z") - days * dayMs;
const due = (now: number, ...rows: Expiry[]) => describeDue(listEntries(now, rows));

describe("The calendar of what expires", () => {
  // This one turns red by itself. Its message says what to do.
  it(`has nothing that ends in less than ${noticeDays} days from today`, () => {
    expect(describeDue(listEntries(Date.now())).join("\n")).to.equal("");
  });

  it(`reports what ends in less than ${noticeDays} days, and what has ended`, () => {
    expect(due(beforeEnd(121), row)).to.deep.equal([]);
    expect(due(beforeEnd(120), row)).to.deep.equal([]);
    const rest =
      "Its owner is api. Raise it. Then correct its row in scripts/calendar/expiries.ts and docs/calendar.md.";
    expect(due(beforeEnd(119), row)).to.deep.equal([`A is due by 2027-06-30, in 119 days. ${rest}`]);
    expect(due(beforeEnd(-3), row)).to.deep.equal([`A was due on 2027-06-30, 3 days ago. ${rest}`]);
  });

  it("reports an accepted end when the decision ends, and an unannounced one when it must be looked up again", () => {
    const accepted: Expiry = { ...row, ends: "2026-01-31", accepted: { until: "2027-06-30", why: "It still runs." } };
    expect([due(beforeEnd(121), accepted).length, due(beforeEnd(119), accepted).length]).to.deep.equal([0, 1]);
    const { what, owner, source, renew } = row;
    const unannounced: Expiry = { what, owner, source: source!, renew, lookedUp: "2026-06-30" };
    expect([due(beforeEnd(121), unannounced).length, due(beforeEnd(119), unannounced).length]).to.deep.equal([0, 1]);
    const deployed: Expiry = { what: "B", owner: "api", shownBy: "AWS KMS", renew: "Not needed." };
    expect(due(beforeEnd(0), deployed)).to.deep.equal([]);
    const entries = listEntries(beforeEnd(10), [deployed, row]);
    expect(entries.map((entry) => [entry.what, entry.daysLeft])).to.deep.equal([
      ["A", 10],
      ["B", null],
    ]);
    expect(formatEntries(entries)).to.deep.equal([
      "by          days  state  what  owner",
      "2027-06-30    10  due    A     api",
      "-              -         B     api",
    ]);
  });

  it("has real days, and an accepted end after the announced one", () => {
    for (const { what, ends, lookedUp, accepted } of expiries) {
      for (const day of [ends, lookedUp, accepted?.until]) {
        if (day) expect(new Date(day).toISOString(), what).to.match(new RegExp(`^${day}T00:00`));
      }
      if (accepted) expect(Date.parse(accepted.until), what).to.be.above(Date.parse(ends!));
    }
    expect(new Set(expiries.map(({ what }) => what)).size).to.equal(expiries.length);
  });

  it("covers every runtime, engine, tool, provider, package of CDKTF, secret and action, and nothing that is gone", () => {
    const stacks = wholeApp();
    const major = (version: string) => version.split(".")[0];
    const attributes = (type: string, name: string): string[] =>
      resources(stacks, type).flatMap((resource) => resource.attributes[name] ?? []);
    const { engines, devDependencies } = JSON.parse(read("package.json"));
    const workflows = [
      ...readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`),
      ".github/actions/set-up/action.yml",
    ].map(read);
    const inWorkflows = (pattern: RegExp) => workflows.flatMap((text) => [...text.matchAll(pattern)]);
    const secret = [parameters.refreshTokenPepper, parameters.jwtSigningKeys, probeAccountParameter];
    const used = [
      ...lambdaRuntimes.map((runtime) => `runtime ${runtime}`),
      `node ${/\d+/.exec(engines.node)![0]}`,
      ...inWorkflows(/node-version: (\d+)/g).map(([, version]) => `node ${version}`),
      `terraform ${/[\d.]+/.exec(terraformVersion)![0]}`,
      ...inWorkflows(/terraform_version: (\d+\.\d+)/g).map(([, version]) => `terraform ${version}`),
      ...attributes("mongodbatlas_advanced_cluster", "mongo_db_major_version").map((each) => `mongodb ${each}`),
      ...attributes("aws_elasticache_replication_group", "engine_version").map((each) => `redis ${each}`),
      ...Object.entries(providerVersions).map(([name, version]) => `provider ${name} ${major(version)}`),
      ...Object.keys(devDependencies).filter((name) => /^(@cdktf\/|cdktf)/.test(name)),
      `awscli ${/^awscli==(\d+)/m.exec(read(".ci/requirements.txt"))![1]}`,
      ...secret.map((name) => `parameter ${name}`),
      ...inWorkflows(/secrets\.\w+/g).map(([name]) => name),
      ...inWorkflows(/uses: ([\w-]+\/[\w-]+)@\w+ # (v\d+)/g).map(([, action, version]) => `${action}@${version}`),
    ];
    const covered = expiries.flatMap(({ covers = [] }) => covers);
    expect([...new Set(covered)].sort()).to.deep.equal([...new Set(used)].sort());
    expect(covered).to.have.lengthOf(new Set(covered).size);
  });

  it("is the table of docs/calendar.md", () => {
    const rows = expiries.map((each) => {
      const { what, owner, ends, source, accepted, lookedUp, shownBy, renew } = each;
      const day = ends ?? (lookedUp ? "not announced" : "-");
      const where = accepted ? `Accepted until ${accepted.until}: ${accepted.why}` : (shownBy ?? "");
      const by = getDueDay(each) ?? "-";
      return `| ${what} | ${owner} | ${source ? `[${day}](${source})` : day} | ${by} | ${[where, renew].filter(Boolean).join(" ")} |`;
    });
    const table = read("docs/calendar.md")
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2);
    expect(table).to.deep.equal(rows);
  });
});
