import type { EventEmitter } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { createProgram } from "../../scripts/ops.ts";
import { resources } from "../stacks/rules/resources.ts";
import { allStacks } from "../stacks/rules/rule.ts";
import { avoidedWords, findAvoidedWords, styleTable } from "./avoided-words.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (page: string) => readFileSync(join(root, page), "utf8");

const pages = [
  "CONTRIBUTING.md",
  "README.md",
  ...["docs", "runbooks"].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
];

/** A page without its commands and quoted output, where a program chooses the words, and without the table itself. */
const prose = (markdown: string): string =>
  markdown
    .replace(styleTable, "")
    .replace(/^ {4,}.*$|^```[\s\S]*?^```/gm, "")
    .replace(/`[^`]*`/g, "");

const avoidedIn = (page: string, markdown: string): string[] => findAvoidedWords(page, prose(markdown));

describe("words of the pages", () => {
  it("are none that docs/style.md avoids", () => {
    expect(pages).to.include.members(["README.md", "docs/releases.md", "runbooks/release.md"]);
    expect(pages.flatMap((page) => avoidedIn(page, read(page)))).to.deep.equal([]);
  });

  it("are found at a line's end and with a capital, and not in commands and output", () => {
    expect(avoidedWords).to.include.members(["anew", "at the most", "kept ready"]);
    expect(avoidedIn("page", "Whoever waits at\nthe most a minute")).to.deep.equal([
      "page: Whoever",
      "page: at the most",
    ]);
    expect(avoidedIn("page", "If it says `somebody else`:\n\n    echo nobody\n")).to.deep.equal([]);
  });
});

/** Expectations of a page after which it does not say what to do if they are not met, up to the next step or section. */
const unansweredIn = (markdown: string): string[] =>
  markdown
    .split(/You should see/)
    .slice(1)
    .map((each) => each.split(/^(?:\d+\. |#+ )/m)[0]!)
    .filter((each) => !/[.:]\s+If\s+not[ ,\n]/.test(each));

describe("expectations of the pages", () => {
  const expecting = pages.filter((page) => read(page).includes("You should see"));
  for (const page of expecting) {
    it(`are followed by what to do if they are not met: ${page}`, () => {
      expect(unansweredIn(read(page))).to.deep.equal([]);
    });
  }

  it("are found in each runbook and in the index of runbooks", () => {
    expect(expecting).to.include.members(pages.filter((page) => page.startsWith("runbooks/")));
    expect(expecting).to.include("docs/bootstrap.md");
  });

  it("are not answered by the next step, or by a case that may not be the reader's", () => {
    const step = "1. Do it. You should see `ok`.";
    expect(unansweredIn(`${step} If not, wait.\n2. Then. You should see it. If not,\n   wait.\n`)).to.deep.equal([]);
    expect(unansweredIn(`${step}\n2. Then. You should see it. If not, wait.\n`)).to.have.length(1);
    expect(unansweredIn(`${step}\n\n### Undo\n\nIf not, wait.\n`)).to.have.length(1);
    expect(unansweredIn(`${step} If it is \`late\`, wait.\n`)).to.have.length(1);
  });
});

/** The help of a command and of its subcommands, by the command line. */
function listHelpTexts(command: Command, line = command.name()): [line: string, help: string][] {
  let help = command.helpInformation();
  const write = (text: string) => {
    help += text;
  };
  // `helpInformation` leaves out what `addHelpText` adds.
  (command as Command & EventEmitter).emit("afterHelp", { error: false, command, write });
  return [[line, help], ...command.commands.flatMap((each) => listHelpTexts(each, `${line} ${each.name()}`))];
}

describe("words that docs/style.md avoids", () => {
  it("are in no help text", () => {
    const texts = listHelpTexts(createProgram());
    expect(texts.map(([line]) => line)).to.include.members(["ops", "ops keys revoke"]);
    expect(Object.fromEntries(texts)["ops release"], "text after the options").to.include("docs/releases.md");
    expect(texts.flatMap(([line, help]) => findAvoidedWords(line, help))).to.deep.equal([]);
  });

  it("are in no description of an alarm, and in no dashboard", () => {
    const stacks = allStacks();
    const texts = [
      ...resources(stacks, "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm").map(
        ({ address, attributes }) => [address, attributes.alarm_description] as const,
      ),
      ...resources(stacks, "aws_cloudwatch_dashboard").map(
        ({ address, attributes }) => [address, attributes.dashboard_body] as const,
      ),
    ];
    expect(texts.map(([address]) => address).join()).to.match(/metric_alarm.*_dashboard\./);
    expect(texts.flatMap(([address, text]) => findAvoidedWords(address, text))).to.deep.equal([]);
  });
});
