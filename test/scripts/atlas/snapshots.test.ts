import { expect } from "chai";
import { findBackedUpCluster } from "../../../scripts/atlas/clusters.ts";
import { formatSnapshots, takeSnapshot } from "../../../scripts/atlas/snapshots.ts";
import { AtlasFixture, ids, messageOf } from "./fixture.ts";

describe("A snapshot in Atlas", () => {
  let setting: AtlasFixture;
  const take = () => takeSnapshot(setting.client, "production", "before the migration", setting.operator);

  beforeEach(() => {
    setting = new AtlasFixture();
  });
  afterEach(async () => {
    await setting.api.stop();
    expect(setting.api.violations).to.deep.equal([]);
  });

  it("is listed with the others, oldest first", async () => {
    await setting.start();
    const listed = await (await findBackedUpCluster(setting.client, "production")).backups.listSnapshots();
    expect(listed.map(({ id }) => id)).to.deep.equal([ids.oldest, ids.newest, ids.failed, ids.pending]);
    expect(listed.map(({ state }) => state)).to.deep.equal(["completed", "completed", "failed", "pending"]);
    expect(formatSnapshots(listed)[1]).to.equal(
      `${ids.newest}  2026-11-22T21:30:00Z  completed  hourly  5000.0 MB  MongoDB 8.0.15`,
    );
  });

  it("is waited for when it is taken", async () => {
    await setting.start({ onSnapshot: () => setting.time.after(90_000) });
    expect(await take()).to.include({ state: "completed", frequency: "onDemand" });
    expect(setting.logged[0]).to.match(/^began snapshot/);
  });

  it("is not taken twice", async () => {
    await setting.start({ onSnapshot: () => setting.time.after(90_000) });
    const first = take();
    await setting.time.sleep(1);
    while (!setting.api.calls.includes("takeSnapshot")) await setting.time.sleep(0);
    const both = await Promise.all([first, take()]);
    expect(both[0].id).to.equal(both[1].id);
    expect(setting.api.calls.filter((call) => call === "takeSnapshot")).to.have.length(1);
  });

  it("may fail, with what to do then", async () => {
    await setting.start({ onSnapshot: () => Promise.reject(new Error("no disk")) });
    expect(await messageOf(take())).to.match(/has failed.*Open a case.*backup create/);
  });
});
