import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { environments } from "../../stacks/environments/index.ts";
import { alarms } from "./rules/alarms.ts";
import { allStacks } from "./rules/rule.ts";

const markdown = readFileSync(join(import.meta.dirname, "..", "..", "docs", "observability.md"), "utf8");

/** Alarms and runbooks in the document: `-auth-errors: high-errors`. */
const documented = (): string[] =>
  [...markdown.matchAll(/^\| (`-.*`) \| .* \| `([\w-]+)` \|$/gm)].flatMap(([, names, runbook]) =>
    [...names!.matchAll(/`(-[\w-]+)`/g)].map(([, name]) => `${name}: ${runbook}`),
  );

/** Alarms and runbooks in the stacks. */
const existing = (): string[] => {
  const environment = new RegExp(`^ecobeat-(${Object.keys(environments).join("|")})`);
  const rows = alarms(allStacks(), "").map(({ attributes }) => {
    const [, runbook] = /runbooks\/([\w-]+)\.md$/.exec(attributes.alarm_description)!;
    return `${attributes.alarm_name.replace(environment, "")}: ${runbook}`;
  });
  return [...new Set(rows)];
};

describe("docs/observability.md", () => {
  it("lists exactly the alarms of the stacks, with their runbooks", () => {
    expect(documented()).to.have.members(existing());
  });
});
