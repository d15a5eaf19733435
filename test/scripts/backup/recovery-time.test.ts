import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  dumpLimits,
  estimateRecoverySeconds,
  largestDumps,
  largestRecovery,
  recovery,
  recoveryWarningShare,
} from "../../../scripts/backup/contract.ts";
import { toEstimate } from "../../../scripts/backup/database-size.ts";
import { getSection, readRunbook } from "../../../scripts/drill/runbook.ts";

const page = readFileSync("docs/backups.md", "utf8");

/** Steps of the runbook whose duration depends on the size: they save the current data, and restore the backup. */
const stepsBySize = [2, 3];

const formatMegabytes = (megabytes: number) => `${(Math.floor(megabytes / 10) * 10).toLocaleString("en")} MB`;

describe("The duration of backups and recoveries", () => {
  it("contains the minutes of the runbook that do not depend on the size", () => {
    const runbook = readRunbook("restore-database");
    const minutes = runbook.sections.flatMap(({ heading, minutes, steps }) => [
      minutes,
      ...steps
        .filter(({ number }) => !(heading === "Steps" && stepsBySize.includes(number)))
        .map((step) => step.minutes),
    ]);
    expect(getSection(runbook, "Steps").steps.map(({ number }) => number)).to.include.members(stepsBySize);
    expect(minutes.reduce((sum, each) => sum + each, 0) * 60).to.equal(recovery.runbookSeconds);
  });

  it("meets the objective for the largest database, and not for a larger one", () => {
    expect(estimateRecoverySeconds(largestRecovery * 1e6)).to.be.closeTo(recovery.targetSeconds, 1e-6);
    expect(estimateRecoverySeconds(largestRecovery * 1.01e6)).to.be.above(recovery.targetSeconds);
  });

  it("has a dump that fits below its limits alone", () => {
    expect(toEstimate(largestDumps.snapshot * 1e6)).to.include({ fitsSnapshot: true });
    expect(toEstimate(largestDumps.snapshot * 1e6 + 1)).to.include({ fitsSnapshot: false });
    expect(toEstimate(largestDumps.function * 1e6).seconds).to.be.at.most(dumpLimits.function);
    expect(toEstimate(largestDumps.function * 1e6 + 1e3).seconds).to.be.above(dumpLimits.function);
  });

  it("was drilled, with the figures of the page", () => {
    const { recovery: drilled } = JSON.parse(readFileSync("bench/results.json", "utf8"));
    const getRates = (label: string) =>
      (drilled.sections as { rows: { label: string; peer?: string }[] }[])
        .flatMap(({ rows }) => rows.filter((row) => row.label === label))
        .map(({ peer }) => Number.parseFloat(peer!));
    const [restores, dumps] = [getRates("restore and compare it"), getRates("create a backup")];
    expect(restores).to.have.length(3);
    const text = page.replaceAll("\n", " ");
    const formatRange = (rates: readonly number[]) => `${Math.min(...rates)} to ${Math.max(...rates)} MB`;
    expect(text).to.contain(`\`restore\` handled ${formatRange(restores)} a second`);
    expect(text).to.contain(`\`backup create\` ${formatRange(dumps)}`);
    const largest = (recovery.targetSeconds - recovery.runbookSeconds) / (1 / dumps.at(-1)! + 1 / restores.at(-1)!);
    expect(text).to.contain(
      `At the rates of the largest drill, 15 minutes would hold up to **${formatMegabytes(largest)}**`,
    );
  });

  it("is that of the page", () => {
    const sizes = [...page.matchAll(/^\| ([\d,]+) MB \| ([\d.]+) min \|/gm)].map(([, size, minutes]) => ({
      megabytes: Number(size!.replace(",", "")),
      minutes: Number(minutes),
    }));
    expect(sizes).to.have.length.above(4);
    for (const { megabytes, minutes } of sizes) {
      expect(minutes, `${megabytes} MB`).to.be.closeTo(estimateRecoverySeconds(megabytes * 1e6) / 60, 0.05);
    }
    for (const megabytes of [
      largestDumps.snapshot,
      largestDumps.function,
      largestRecovery,
      largestRecovery * recoveryWarningShare,
    ]) {
      expect(page).to.contain(`**${formatMegabytes(megabytes)}**`);
    }
  });
});
