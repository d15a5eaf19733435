import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Scenario } from "../../scripts/drill/run-scenario.ts";
import { getSection, readRunbook, runbookFolder } from "../../scripts/drill/runbook.ts";
import { scenarios } from "../../scripts/drill/scenarios.ts";
import { getPriority, notifyingAlarms } from "../stacks/rules/alarms.ts";
import { allStacks } from "../stacks/rules/rule.ts";
import { getAlarmRunbooks } from "./alarm-runbooks.ts";
import { parseDecisions } from "./decisions.ts";

/** @returns why an alarm does not lead to the runbook of a scenario; an empty list if it does */
function findGaps({ alarm, route = [], runbook }: Pick<Scenario, "alarm" | "route" | "runbook">): string[] {
  const names = [...route.map(({ name }) => name), runbook];
  if (alarm === undefined) {
    const index = readFileSync(join(runbookFolder, "README.md"), "utf8");
    const isSymptom = index.split("## By alarm")[0]!.includes(`| [${runbook}](${runbook}.md) |`);
    return isSymptom && route.length === 0 ? [] : [`the index leads to no ${names[0]}`];
  }
  const first = getAlarmRunbooks().get(alarm);
  return [
    ...(first === names[0] ? [] : [`${alarm} names ${first}, not ${names[0]}`]),
    ...route.flatMap(({ name, steps }, index) => {
      const next = names[index + 1]!;
      const markdown = readFileSync(join(runbookFolder, `${name}.md`), "utf8");
      const isLink = parseDecisions(markdown, readRunbook(name)).some(({ parts }) => {
        const end = parts.findIndex((part) => part.runbook === next && part.steps.length === 0);
        const before = parts.slice(0, end).flatMap((part) => (part.runbook === undefined ? part.steps : []));
        return end >= 0 && `${before}` === `${steps}`;
      });
      return isLink ? [] : [`${name} leads to no ${next} after the steps ${steps.join(", ") || "none"}`];
    }),
  ];
}

describe("scenarios of the drill", function () {
  this.timeout(180_000);

  for (const [name, load] of Object.entries(scenarios)) {
    it(`begin where the alarm leads, or the index: ${name}`, async () => {
      expect(findGaps(await load())).to.deep.equal([]);
    });
  }

  it("give people who practise the text of the alarm", async () => {
    const alarms = notifyingAlarms(allStacks());
    const loaded = await Promise.all(Object.values(scenarios).map((load) => load()));
    for (const { alarm, practice } of loaded.filter((scenario) => scenario.alarm !== undefined)) {
      const texts = alarms
        .filter(({ attributes }) => attributes.alarm_name === `ecobeat-production${alarm}`)
        .map(({ attributes }) => attributes.alarm_description.replace(/ Runbook: \S+$/, ""));
      expect(texts, alarm).to.deep.equal([practice.message.replaceAll("<environment>", "production")]);
    }
  });

  it("decide what the first looks on their way ask for", async () => {
    const loaded = await Promise.all(Object.values(scenarios).map((load) => load()));
    const undecided = loaded.flatMap(({ name: scenario, route = [] }) =>
      route.flatMap(({ name, decided = {} }) =>
        getSection(readRunbook(name), "First look")
          .steps.flatMap(({ commands }) => [...commands.join().matchAll(/\$\{(\w+):\?/g)])
          .filter(([, variable]) => !(variable! in decided))
          .map(([, variable]) => `${scenario}: ${name} asks for ${variable}`),
      ),
    );
    expect(undecided).to.deep.equal([]);
  });

  it("end with a runbook that says how long its checks take", async () => {
    const loaded = await Promise.all(Object.values(scenarios).map((load) => load()));
    const followed = [...loaded.map(({ runbook }) => runbook), "restore-from-atlas"];
    const silent = followed.filter((runbook) => getSection(readRunbook(runbook), "How to check").minutes === 0);
    expect(silent).to.deep.equal([]);
  });

  it("begin at an alarm, but for those that no alarm shows", async () => {
    const loaded = await Promise.all(Object.values(scenarios).map((load) => load()));
    const silent = loaded.filter(({ alarm }) => alarm === undefined).map(({ name }) => name);
    expect(silent).to.deep.equal(["signing-key-compromised"]);
  });

  it("begin at a page, but for one whose users only log in again", async () => {
    const stacks = allStacks();
    const loaded = await Promise.all(Object.values(scenarios).map((load) => load()));
    const tickets = loaded.filter(({ alarm }) =>
      notifyingAlarms(stacks).some(
        (each) => each.attributes.alarm_name === `ecobeat-production${alarm}` && getPriority(stacks, each) === "ticket",
      ),
    );
    expect(tickets.map(({ name }) => name)).to.deep.equal(["redis-lost"]);
  });

  for (const [mistake, scenario, gap] of [
    ["another first runbook", { alarm: "-login-failures", runbook: "restore-database" }, "names accounts, not restore"],
    [
      "a missing link",
      { alarm: "-login-failures", route: [{ name: "accounts", steps: [] }], runbook: "restore-database" },
      "accounts leads to no restore-database",
    ],
    [
      "a missing step",
      { alarm: "-api-database", route: [{ name: "database", steps: [] }], runbook: "restore-database" },
      "after the steps none",
    ],
    ["no alarm, and no symptom", { runbook: "README" }, "the index leads to no README"],
  ] as const) {
    it(`would be refused with ${mistake}`, () => {
      expect(findGaps(scenario)[0]).to.contain(gap);
    });
  }
});
