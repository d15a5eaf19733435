import { expect } from "chai";
import { toDumpSchedule } from "../../../../stacks/constructs/backup/dump-schedule.ts";

describe("toDumpSchedule", () => {
  for (const [everyHours, hours] of [
    [1, "0/1"],
    [2, "1/2"],
    [3, "0/3"],
    [4, "3/4"],
    [6, "3/6"],
    [8, "3/8"],
    [12, "3/12"],
  ] as const) {
    it(`runs every ${everyHours} hours at the same hours of each day: ${hours}`, () => {
      expect(toDumpSchedule(everyHours)).to.equal(`cron(30 ${hours} * * ? *)`);
    });
  }
});
