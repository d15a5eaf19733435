import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { XRay } from "../../../service/cloud/x-ray.ts";
import { createKmsClient } from "../../../service/platform/kms.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { startKmsServer } from "../../support/kms-server.ts";
import { describeWith } from "../../support/real-services.ts";
import { type Subsegment, type XRayDaemon, xRayDaemon } from "../../support/x-ray-daemon.ts";

const trace = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";
const parent = "9a9197af755a6419";
const sampled = `Root=${trace};Parent=${parent};Sampled=1;Lineage=1:a87bd80c:0`;

describe("Tracing with X-Ray", () => {
  let daemon: XRayDaemon;
  let environment: NodeJS.ProcessEnv;
  let now: number;
  let tracing: XRay;
  beforeEach(async () => {
    daemon = await xRayDaemon();
    environment = { _X_AMZN_TRACE_ID: sampled, AWS_XRAY_DAEMON_ADDRESS: daemon.address, AWS_REGION: "eu-west-1" };
    now = 1_800_000_000_000;
    tracing = new XRay(environment, () => now);
  });
  afterEach(() => daemon.close());

  /** All documents sent so far: one socket keeps their order, so that one more marks the end. */
  async function sent(): Promise<Subsegment[]> {
    environment._X_AMZN_TRACE_ID = sampled;
    tracing.begin({ to: "Redis", operation: "end" })();
    const documents: Subsegment[] = [];
    for (;;) {
      const [document] = await daemon.next(1);
      if (document!.annotations?.operation === "end") return documents;
      documents.push(document!);
    }
  }

  it("sends a call as a subsegment of the request's segment", async () => {
    const end = tracing.begin({ to: "MongoDB", operation: "find" });
    now += 250;
    end();
    const [document] = await daemon.next(1);
    expect(document).to.deep.include({
      name: "MongoDB",
      namespace: "remote",
      trace_id: trace,
      parent_id: parent,
      start_time: 1_800_000_000,
      end_time: 1_800_000_000.25,
      annotations: { operation: "find" },
    });
    expect(document).to.not.have.any.keys("fault", "error", "throttle");
  });

  it("gives each call its own id", async () => {
    for (let count = 0; count < 3; count++) tracing.begin({ to: "Redis" })();
    const ids = (await daemon.next(3)).map(({ id }) => id);
    expect(new Set(ids).size).to.equal(3);
  });

  it("assigns a call to the request during which it began", async () => {
    const end = tracing.begin({ to: "Redis" });
    environment._X_AMZN_TRACE_ID = sampled.replace(trace, "1-5bef4de8-000000000000000000000000");
    end();
    expect(await daemon.next(1)).to.have.nested.property("[0].trace_id", trace);
  });

  it("distinguishes failures of the dependency, our errors, and throttling", async () => {
    const failures = [
      Object.assign(new Error("a@example.com"), { name: "MongoNetworkError" }),
      Object.assign(new Error("no such key"), { name: "NotFoundException", $fault: "client" }),
      Object.assign(new Error("slow down"), { name: "ThrottlingException", $fault: "client" }),
      null,
    ];
    for (const failure of failures) tracing.begin({ to: "KMS", operation: "Sign" })(failure);
    const flags = (await daemon.next(4)).map(({ fault, error, throttle }) => ({ fault, error, throttle }));
    expect(flags).to.deep.equal([
      { fault: true, error: undefined, throttle: undefined },
      { fault: undefined, error: true, throttle: undefined },
      { fault: undefined, error: true, throttle: true },
      { fault: true, error: undefined, throttle: undefined },
    ]);
  });

  for (const [what, header] of Object.entries({
    "is not sampled": sampled.replace("Sampled=1", "Sampled=0"),
    "has no trace": undefined,
    "has a trace without a segment": `Root=${trace};Sampled=1`,
    "has an invalid trace": "Root=;Parent=;Sampled=1",
  })) {
    it(`sends nothing for a request that ${what}`, async () => {
      environment._X_AMZN_TRACE_ID = header;
      tracing.begin({ to: "Redis" })(new Error("it failed"));
      expect(await sent()).to.deep.equal([]);
    });
  }

  for (const [what, address] of Object.entries({
    "there is no daemon": "127.0.0.1:1",
    "the daemon's address is missing": undefined,
    "the daemon's address is invalid": "daemon.ecobeat.invalid:70000",
  })) {
    it(`fails no call when ${what}, and continues when the daemon is back`, async () => {
      environment.AWS_XRAY_DAEMON_ADDRESS = address;
      for (let count = 0; count < 3; count++) tracing.begin({ to: "Redis" })();
      environment.AWS_XRAY_DAEMON_ADDRESS = daemon.address;
      tracing.begin({ to: "Redis" })();
      expect(await daemon.next(1)).to.have.length(1);
    });
  }

  it("shows a failed command of Redis as a fault", async () => {
    const redis = new RedisConnection("redis://127.0.0.1:1", { tracing });
    await redis.run((client) => client.get("person@example.com")).catch(() => {});
    expect(await daemon.next(1))
      .to.have.deep.nested.property("[0]")
      .that.includes({ name: "Redis", fault: true });
  });

  describe("of KMS", () => {
    async function callKms(...responses: number[]): Promise<void> {
      const server = await startKmsServer(() => responses.shift()!);
      const kms = createKmsClient(tracing);
      await kms.send(new DescribeKeyCommand({ KeyId: "key" })).catch(() => {});
      kms.destroy();
      server.stop();
    }

    it("is one subsegment for a call with all its attempts", async () => {
      await callKms(500, 500, 200);
      const [document, ...others] = await sent();
      expect(document).to.deep.include({
        name: "KMS",
        namespace: "aws",
        aws: { operation: "DescribeKey", region: "eu-west-1" },
      });
      expect(document).to.not.have.any.keys("fault", "error");
      expect(others).to.deep.equal([]);
    });

    it("shows a refused call as our error", async () => {
      await callKms(400);
      expect(await daemon.next(1)).to.have.nested.property("[0].error", true);
    });
  });

  describeWith("REDIS_URL", "of Redis", () => {
    it("is one subsegment for each command, without its content", async () => {
      const redis = new RedisConnection(process.env.REDIS_URL!, { tracing });
      await redis.run((client) => client.get("person@example.com"));
      await redis.close();
      const documents = await sent();
      expect(documents).to.have.length(1);
      expect(JSON.stringify(documents)).to.not.contain("@");
    });
  });

  describeWith("MONGODB_URI", "of MongoDB", () => {
    it("is one subsegment for each command, with its name only", async () => {
      const database = await connectMongo(process.env.MONGODB_URI!, { tracing });
      await sent();
      const users = database.collection("x_ray_test");
      await users.findOne({ email: "person@example.com" });
      await users
        .aggregate([{ $noSuchStage: {} }])
        .toArray()
        .catch(() => {});
      await database.client.close();
      const documents = await sent();
      const ofUsers = documents.filter(({ annotations }) => ["find", "aggregate"].includes(annotations!.operation));
      expect(ofUsers.map(({ annotations, fault }) => [annotations!.operation, fault])).to.deep.equal([
        ["find", undefined],
        ["aggregate", true],
      ]);
      expect(JSON.stringify(documents)).to.not.contain("@");
    });
  });
});
