import { expect } from "chai";
import { findBackedUpCluster } from "../../../scripts/atlas/clusters.ts";
import { formatSnapshots, takeSnapshot } from "../../../scripts/atlas/snapshots.ts";
import { expectCode } from "../../support/errors.ts";
import { ids, useAtlas } from "./fixture.ts";

describe("A snapshot in Atlas", () => {
  const atlas = useAtlas();
  const take = () => takeSnapshot(atlas.client, "production", "before the migration", atlas.operator);

  it("is listed with the others, oldest first", async () => {
    const { backups } = await findBackedUpCluster(atlas.client, "production");
    const listed = await backups.listSnapshots();
    expect(listed.map(({ id }) => id)).to.deep.equal([ids.oldest, ids.newest, ids.failed, ids.pending]);
    expect(listed.map(({ state }) => state)).to.deep.equal(["completed", "completed", "failed", "pending"]);
    expect(formatSnapshots(listed)[1]).to.equal(
      `${ids.newest}  2026-11-22T21:30:00Z  completed  hourly  5000.0 MB  MongoDB 8.0.15`,
    );
  });

  it("is taken once by two operators, who both wait for it", async () => {
    await atlas.start({ onSnapshot: () => atlas.time.after(90_000) });
    const first = take();
    while (!atlas.api.calls.includes("takeSnapshot")) await atlas.time.sleep(0);
    const both = await Promise.all([first, take()]);
    expect(both[0]).to.include({ state: "completed", frequency: "onDemand" });
    expect(both[0].id).to.equal(both[1].id);
    expect(atlas.countCalls("takeSnapshot")).to.equal(1);
    expect(atlas.logged[0]).to.match(/^began snapshot/);
  });

  it("can fail", async () => {
    await atlas.start({ onSnapshot: () => Promise.reject(new Error("no disk")) });
    await expectCode("atlas-snapshot-failed", take);
  });
});
