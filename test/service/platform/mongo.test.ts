import { expect } from "chai";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";

describe("Connecting to MongoDB", () => {
  it("blames the database when its servers cannot be found", async () => {
    // No name server knows names below `.invalid`: RFC 6761.
    const error = await connectMongo("mongodb+srv://cluster.ecobeat.invalid/x").catch((error) => error);
    expect(error).to.be.instanceOf(UnavailableError).and.include({ part: "database" });
    expect(error.cause).to.have.property("code");
  });
});
