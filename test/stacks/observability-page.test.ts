import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { environments } from "../../stacks/environments/index.ts";
import { alarms } from "./rules/alarms.ts";
import { allStacks } from "./rules/rule.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "observability.md"), "utf8");

/** Alarms and their runbooks, as the page has them: `-auth-errors: high-errors`. */
const documented = (): string[] =>
  [...page.matchAll(/^\| (`-.*`) \| .* \| `([\w-]+)` \|$/gm)].flatMap(([, names, runbook]) =>
    [...names!.matchAll(/`(-[\w-]+)`/g)].map(([, name]) => `${name}: ${runbook}`),
  );

/** The same, as the stacks have them. */
const existing = (): string[] => {
  const environment = new RegExp(`^ecobeat-(${Object.keys(environments).join("|")})`);
  const rows = alarms(allStacks(), "").map(({ attributes }) => {
    const [, runbook] = /runbooks\/([\w-]+)\.md$/.exec(attributes.alarm_description)!;
    return `${attributes.alarm_name.replace(environment, "")}: ${runbook}`;
  });
  return [...new Set(rows)];
};

describe("the page on alarms", () => {
  it("has every alarm of the stacks with its runbook, and no other", () => {
    expect(documented()).to.have.members(existing());
  });
});
