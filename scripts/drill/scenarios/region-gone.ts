import { S3 } from "@aws-sdk/client-s3";
import { S3Location } from "../../backup/s3-location.ts";
import { OperatorError } from "../../cli/errors.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** Everything in the region is gone. The replica of the backup bucket in another region survives. */
export const regionGone: Scenario = {
  name: "region-gone",
  title: "The region is gone, with the API, Redis, the database and the backup bucket",
  // CloudFront's alarms are in another region.
  alarm: "-edge-slo-errors-fast",
  route: [{ name: "high-errors", steps: [] }],
  practice: {
    message:
      "More than 1.44 % of all requests to CloudFront failed with 5xx in the last hour, and in the last 5 minutes: 14.4 times as many as " +
      "the objective of 99.9 % allows.",
    observations: [
      "AWS reports an outage of eu-west-1 since <since>, and names no time of recovery. No other alarm fires.",
      "The owner of the platform decides to leave the region. The new account and environment exist: of step 2, nothing is left to do.",
      "COPY and NEW_MONGODB_URI are set. AWS_REGION stays: the emulator's replica is in the same region.",
    ],
  },
  runbook: "region-loss",
  async run(drill) {
    const { localEnvironment } = drill;
    const lost = localEnvironment.region;
    const copy = await lost.createBackupBucket("backups-copy");
    await drill.backUp();
    await drill.measure("S3 replicates the backup to the other region", () => replicateBackups(drill, copy));
    await drill.keepWriting();
    await drill.causeDisaster("the region is gone", () => lost.destroy());
    await drill.detect();
    await drill.measure("the environment is created in another account", () => localEnvironment.failOver());
    const { account, mongodbUri } = localEnvironment.region;
    await drill.followRunbook("region-loss", {
      exported: { COPY: copy, NEW_MONGODB_URI: mongodbUri },
      steps: [3],
      until: "after step 3 of runbooks/region-loss.md",
    });
    await drill.followRunbook("region-loss", {
      exported: { ...account.variables },
      steps: [2, 4, 5],
      until: "after the command of step 2, and steps 4 and 5",
    });
    await drill.measure("the DNS name points to the new service", () => localEnvironment.startService());
    await drill.verifyRecovery();
  },
};

/** Simulates S3 Replication, which the emulator does not have. */
async function replicateBackups({ backupLocation, localEnvironment }: Drill, copy: string): Promise<void> {
  const [from, to] = [backupLocation, copy].map((location) => /^s3:\/\/([^/]+)/.exec(location)?.[1]);
  if (!from) {
    throw new OperatorError("drill-backup-not-replicable", {
      what: `The scenario region-gone cannot replicate ${backupLocation}.`,
      why: "Only a bucket has a replica in another region.",
      action: "Omit --backup-location.",
    });
  }
  const s3 = new S3({ ...localEnvironment.region.account.clientConfig, forcePathStyle: true });
  for (const { path } of await new S3Location(s3, from, "").list()) {
    await s3.copyObject({ Bucket: to!, Key: path, CopySource: `${from}/${path}` });
  }
}
