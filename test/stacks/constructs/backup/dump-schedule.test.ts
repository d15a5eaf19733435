import { expect } from "chai";
import { toDumpSchedule } from "../../../../stacks/constructs/backup/dump-schedule.ts";

describe("dumpTimes", () => {
  for (const [everyHours, hours] of [
    [1, "0/1"],
    [2, "1/2"],
    [3, "0/3"],
    [4, "3/4"],
    [6, "3/6"],
    [8, "3/8"],
    [12, "3/12"],
  ] as const) {
    it(`every ${everyHours} hours are ${hours}, the same each day`, () => {
      expect(toDumpSchedule(everyHours)).to.equal(`cron(30 ${hours} * * ? *)`);
    });
  }
});
