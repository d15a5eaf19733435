import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { newBackupId } from "../../../scripts/backup/catalog.ts";
import { backupChecks } from "../../../scripts/doctor/backups.ts";
import type { Context } from "../../../scripts/doctor/check.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { toBucketName } from "../../../stacks/names.ts";
import { describeWith } from "../../support/real-services.ts";
import { createTestContext, expectState, run, TestAccount } from "./fixture.ts";

describeWith("AWS_ENDPOINT_URL", "the doctor, about backups,", () => {
  const aws = new TestAccount();
  const now = Date.parse("2026-11-22T22:30:00Z");
  const context = (base: Environment = staging, replaced: Partial<Context> = {}) =>
    createTestContext({ environment: aws.toEnvironment(base), clock: () => now, ...replaced });
  const deployed = { isDeployed: async () => true };

  /** Creates a bucket, and the files of dumps that began so many hours ago. */
  async function createBucket(
    name: string,
    base: Environment,
    region: string,
    dumps: [hours: number, files: string[]][],
  ) {
    const s3 = new S3Client({ region, forcePathStyle: true });
    const Bucket = toBucketName(name, aws.toEnvironment(base));
    const CreateBucketConfiguration = { LocationConstraint: region as "eu-west-1" };
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration })).catch((error: Error) => {
      if (error.name !== "BucketAlreadyOwnedByYou") throw error;
    });
    for (const [hours, files] of dumps) {
      const id = newBackupId(now - hours * 3_600_000);
      for (const file of files) await s3.send(new PutObjectCommand({ Bucket, Key: `dumps/${id}/${file}`, Body: "x" }));
    }
  }
  const complete = ["ecobeat/users.bson.gz", "manifest.json"];
  const incomplete = ["ecobeat/users.bson.gz"];

  describe("newest dump", () => {
    const name = "newest dump";

    it("has no bucket: not yet before a deployment, wrong after it", async () => {
      const { action } = await expectState("not yet", backupChecks, name, context());
      expect(action).to.contain("Deploy ecobeat-staging-foundation");
      await expectState("wrong", backupChecks, name, context(staging, deployed));
    });

    it("does not exist: not yet before a deployment, wrong after it", async () => {
      await createBucket("ecobeat-staging-backups", staging, "eu-west-1", []);
      await expectState("not yet", backupChecks, name, context());
      const { action } = await expectState("wrong", backupChecks, name, context(staging, deployed));
      expect(action).to.contain("npm run ops -- backup create --environment staging");
    });

    it("is too old, even if a newer one is incomplete", async () => {
      await createBucket("ecobeat-staging-backups", staging, "eu-west-1", [
        [5.1, complete],
        [1, incomplete],
      ]);
      const { found } = await expectState("wrong", backupChecks, name, context());
      expect(found).to.match(/^20261122T172400Z-[0-9a-f]{8}, 5\.1 hours old$/);
    });

    it("is young enough", async () => {
      await createBucket("ecobeat-staging-backups", staging, "eu-west-1", [[4.9, complete]]);
      await expectState("ok", backupChecks, name, context());
    });

    it("has a copy in another region, or not", async () => {
      await createBucket("ecobeat-production-backups", production, "eu-west-1", [[1, complete]]);
      await createBucket("ecobeat-production-backups-copy", production, "eu-central-1", [[9, complete]]);
      const found = await run(backupChecks, name, context(production));
      expect(found["newest dump: eu-west-1"]).to.include({ state: "ok" });
      expect(found["newest dump: eu-central-1"]).to.include({ state: "wrong" });
      await createBucket("ecobeat-production-backups-copy", production, "eu-central-1", [[1, complete]]);
      const copied = await run(backupChecks, name, context(production));
      expect(copied["newest dump: eu-central-1"]).to.include({ state: "ok" });
    });

    it("is unknown if AWS refuses", async () => {
      const body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
      const path = `GET /${toBucketName("ecobeat-staging-backups", aws.toEnvironment(staging))}`;
      for (const each of [path, `${path}/`]) {
        aws.replies.set(each, () => ({ status: 403, headers: { "content-type": "application/xml" }, body }));
      }
      const { action } = await expectState("unknown", backupChecks, name, context());
      expect(action).to.contain("permission");
    });
  });

  describe("restore test", () => {
    const name = "restore test";
    // The emulator does not support the protocol of this client.
    const respond = (...sums: number[]) =>
      aws.replies.set("GetMetricStatistics", () => ({
        body: { Datapoints: sums.map((Sum, day) => ({ Timestamp: now / 1_000 - day * 86_400, Sum })) },
      }));

    it("passed", async () => {
      respond(0, 1, 0, 1);
      expect((await expectState("ok", backupChecks, name, context())).found).to.equal("2 passed");
    });

    for (const sums of [[], [0, 0]]) {
      it(`did not pass, with ${sums.length} failures: not yet before a deployment, wrong after it`, async () => {
        respond(...sums);
        await expectState("not yet", backupChecks, name, context());
        const { action } = await expectState("wrong", backupChecks, name, context(staging, deployed));
        expect(action).to.contain("npm run ops -- backup verify --environment staging");
      });
    }

    it("is looked for in the metric of its alarm", async () => {
      let body = "";
      aws.replies.set("GetMetricStatistics", (sent) => {
        body = sent;
        return { body: {} };
      });
      await run(backupChecks, name, context());
      expect(JSON.parse(body)).to.include({ Namespace: "Ecobeat", MetricName: "BackupsVerified" });
      expect(JSON.parse(body).StartTime).to.equal(now / 1_000 - 5 * 86_400);
    });

    it("is unknown if AWS refuses", async () => {
      const headers = { "x-amzn-errortype": "AccessDeniedException" };
      aws.replies.set("GetMetricStatistics", () => ({ status: 403, headers, body: { message: "no" } }));
      await expectState("unknown", backupChecks, name, context());
    });
  });
});
