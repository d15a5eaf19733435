import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readRunbook } from "../../scripts/drill/runbook.ts";
import { getShellVariables } from "../../scripts/shell-variables/shell-variables.ts";
import { notifyingAlarms } from "../stacks/rules/alarms.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";
import { differences, none } from "../support/differences.ts";
import { getAlarmRunbooks } from "./alarm-runbooks.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "runbooks");
const pages = readdirSync(folder);
const text = (page: string) => readFileSync(join(folder, page), "utf8");

/** Targets of a page's links to other files. */
const links = (page: string): string[] => [...text(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);

/** Each alarm with the runbook that its description names: `-api-errors: high-errors`. */
const alarmsWithRunbook = (): string[] => [...getAlarmRunbooks()].map(([alarm, runbook]) => `${alarm}: ${runbook}`);

const isExport = (command: string) =>
  command.split("\n").every((line) => line.startsWith("export ")) || / read -rs \w+; \}; export \w+$/.test(command);

describe("runbooks", () => {
  it("are all in the index", () => {
    const others = pages.filter((page) => page !== "README.md");
    expect(links("README.md")).to.include.members(others);
  });

  it("name only roles that exist", () => {
    const roles = resources(allStacks(), "aws_iam_role").map(({ attributes }) => attributes.name);
    const named = pages.flatMap((page) => [...text(page).matchAll(/--role-name (\S+)/g)].map(([, name]) => name!));
    const inStaging = named.map((name) => name.replace("$ENVIRONMENT", "staging").replace("$AWS_REGION", "eu-west-1"));
    expect(inStaging).to.include("ecobeat-staging-api-eu-west-1");
    expect(roles).to.include.members(inStaging);
  }).timeout(180_000);

  it("link to pages that exist", () => {
    const broken = pages.flatMap((page) =>
      links(page)
        .filter((target) => !existsSync(join(folder, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it("exist for every alarm, under the path at the end of its text", () => {
    const alarms = notifyingAlarms(allStacks());
    expect(alarms).to.not.be.empty;
    const without = alarms.filter(({ attributes }) => {
      const path = /runbooks\/[\w-]+\.md$/.exec(attributes.alarm_description)?.[0];
      return !path || !existsSync(join(root, path));
    });
    expect(without.map(({ address }) => address)).to.deep.equal([]);
  });

  it("are found in the index by the name of each alarm", () => {
    const indexed = [...text("README.md").matchAll(/^\| (`-.*) \| \[[\w-]+\]\(([\w-]+)\.md\) \|$/gm)].flatMap(
      ([, names, page]) => [...names!.matchAll(/`(-[\w-]+)`/g)].map(([, name]) => `${name}: ${page}`),
    );
    expect(differences(alarmsWithRunbook(), indexed)).to.deep.equal(none);
  });

  it("name at their beginning the alarms that lead to them", () => {
    const introductions = pages.flatMap((page) => {
      const [, alarms] = /^Alarms?: (.+?) Meaning: /ms.exec(text(page)) ?? [];
      return alarms === undefined ? [] : [{ runbook: page.replace(/\.md$/, ""), alarms }];
    });
    const named = introductions.flatMap(({ runbook, alarms }) =>
      [...alarms.matchAll(/`(-[\w-]+)`/g)].map(([, name]) => `${name}: ${runbook}`),
    );
    const wanted = alarmsWithRunbook().filter((alarm) =>
      introductions.some(({ runbook }) => alarm.endsWith(`: ${runbook}`)),
    );
    expect(differences(wanted, named)).to.deep.equal(none);
    const without = pages.filter((page) => !introductions.some(({ runbook }) => page === `${runbook}.md`));
    expect(without).to.deep.equal(["README.md"]);
  });

  /** The roles of the index, such as `security`. */
  const [, roles = ""] = /^\| role .*\n\| -.*\n((?:\|.*\n)+)/m.exec(text("README.md")) ?? [];
  const callable = roles.split("\n").flatMap((row) => row.split("|")[1]?.trim().split(", ") ?? []);

  for (const page of pages.filter((each) => each !== "README.md")) {
    describe(page, () => {
      const { title, sections } = readRunbook(page.replace(/\.md$/, ""));
      const holders = sections.flatMap((section) => [section, ...section.steps]);

      it("opens with its alarms, what they mean, the impact on users and the severity", () => {
        const [, opening = ""] = /^# [^\n]+\n\n(.+?)\n\n/s.exec(text(page)) ?? [];
        expect(opening.replaceAll("\n", " ")).to.match(
          /^Alarms?: .+ Meaning: .+ Impact: .+ Severity: (critical|high|low)(\.|, and (critical|high) (if|for|while) )/,
        );
      });

      it("says how to set up the shell before its first command", () => {
        const [opening = "", ...rest] = text(page).split("\n## ");
        expect(opening).to.contain(
          "](README.md#before-you-start) with the name of the environment:\n`source <(npm run -s ops -- env production || ",
        );
        expect(rest).to.not.be.empty;
      });

      it("says when to stop, and which of the roles in the index to call", () => {
        const [, stop = ""] = /^## Stop and call\n\n(.+?)\n\n## /ms.exec(text(page)) ?? [];
        const words = stop.replaceAll("\n", " ");
        expect(words)
          .to.match(/\bStop\b/)
          .and.to.match(/\b[Cc]all (.+?) (if|before|for|now|as)\b/);
        expect(
          callable.some((role) => words.includes(role)),
          words,
        ).to.equal(true);
      });

      it("says what is seen, how to decide, when to stop, what to do, how to check, how to undo it and whom to tell", () => {
        expect(title).to.not.equal("");
        expect(sections.slice(0, 7).map(({ heading }) => heading)).to.deep.equal([
          "First look",
          "Decide",
          "Stop and call",
          "Steps",
          "How to check",
          "Undo",
          "Notify",
        ]);
      });

      it("says how long the first look and each step take", () => {
        expect(text(page)).to.match(/^## First look \(\d+ minutes?\)$/m);
        const { steps } = sections.find(({ heading }) => heading === "Steps")!;
        expect(steps.map(({ number }) => number)).to.deep.equal(steps.map((_, index) => index + 1));
        expect(steps.filter(({ minutes }) => minutes === 0).map(({ text }) => text)).to.deep.equal([]);
      });

      it("says after all commands what one should see, but where they only set a variable", () => {
        const silent = holders.flatMap(({ commands, outcomes }) =>
          commands.filter((command, index) => !isExport(command) && !outcomes[index]!.includes("You should see")),
        );
        expect(silent).to.deep.equal([]);
      });

      it("has no line that looks like a command and is none to who follows the page", () => {
        const read = holders.flatMap(({ commands }) => commands.flatMap((command) => command.split("\n")));
        const written = text(page)
          .split("\n")
          .filter((line) => /^ {4}/.test(line));
        expect(written.map((line) => line.trim())).to.deep.equal(read.filter(Boolean).map((line) => line.trim()));
      });
    });
  }

  it("leave to ops env what it sets", () => {
    const names = Object.keys(getShellVariables("production")).join("|");
    const assignment = new RegExp(`^ {4,}.*\\b(${names})=`, "gm");
    const identity = "aws sts get-caller-identity --query Account ";
    const others = pages.flatMap((page) =>
      [...text(page).matchAll(assignment)].map(([line]) => line).concat(text(page).includes(identity) ? [page] : []),
    );
    expect(others).to.deep.equal([]);
    expect(text("README.md")).to.contain("source <(npm run -s ops -- env production ");
  });

  it("stop and resume requests with ops traffic alone, which knows the configured concurrency", () => {
    const commands = pages.flatMap((page) =>
      [...text(page).matchAll(/^ {4,}.*-function-concurrency.*$/gm)].map(String),
    );
    expect(commands).to.not.be.empty;
    const others = commands.filter(
      (command) => !/(get-|--reserved-concurrent-executions [1-9]\d* --output text$)/.test(command),
    );
    expect(others).to.deep.equal([]);
    expect(pages.filter((page) => /[A-Z]_CONCURRENCY/.test(text(page)))).to.deep.equal([]);
    const users = pages.filter((page) => /^ +npm run -s ops -- traffic /m.test(text(page)));
    expect(users).to.include.members(["database.md", "restore-database.md", "restore-from-atlas.md"]);
  });

  it("name saved queries that the stacks have", () => {
    const saved = resources(allStacks(), "aws_cloudwatch_query_definition")
      .map(({ attributes }) => attributes.name as string)
      .filter((name) => name.startsWith("ecobeat-production/"));
    const named = pages.flatMap((page) =>
      [...text(page).matchAll(/`ecobeat-<environment>\/([^`]+)`/g)].map(([, query]) => `ecobeat-production/${query}`),
    );
    expect(saved).to.include.members(named);
  });
});
