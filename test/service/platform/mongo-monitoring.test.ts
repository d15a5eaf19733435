import { expect } from "chai";
import { Metrics } from "../../../service/platform/metrics.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { parseEmbeddedMetrics } from "../../support/embedded-metrics.ts";
import { describeWith } from "../../support/real-services.ts";

describeWith("MONGODB_URI", "The pool of a client of MongoDB", () => {
  it("is measured: the maximum of connections in use, and the longest wait for one", async () => {
    let now = 1_000_000;
    const metrics = new Metrics(() => now);
    const database = await connectMongo(process.env.MONGODB_URI!, { metrics });
    const find = () => database.collection("nothing").findOne({});
    try {
      await find();
      await Promise.all(Array.from({ length: 20 }, find));
      const peaks = Object.fromEntries(
        parseEmbeddedMetrics(metrics.flush()!).map(({ name, values }) => [name, values[0]]),
      );
      expect(peaks).to.have.all.keys("DatabasePoolInUse", "DatabasePoolWait");
      expect(peaks.DatabasePoolInUse).to.be.within(2, 5);
      expect(peaks.DatabasePoolWait).to.be.greaterThan(0);

      // All were given back: one alone is the only one in use.
      await find();
      now += 10_000;
      expect(parseEmbeddedMetrics(metrics.flush()!)[0]).to.deep.include({ name: "DatabasePoolInUse", values: [1] });
    } finally {
      await database.client.close();
    }
  });
});
