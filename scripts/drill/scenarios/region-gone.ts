import { CopyObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { ConfigurationError } from "../../../service/config.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** Everything in the region is gone; what is left is the copy of the backup bucket in another one. */
export const regionGone: Scenario = {
  name: "region-gone",
  title: "The region is gone, with the API, Redis, the database and the backup bucket",
  runbook: "region-loss",
  async run(drill) {
    const { localEnvironment } = drill;
    const lost = localEnvironment.region;
    const copy = await lost.createBackupBucket("backups-copy");
    await drill.backUp();
    await drill.measure("S3 copies the backup to the other region", () => copyBackups(drill, copy));
    await drill.keepWriting();
    await drill.causeDisaster("the region is gone", () => lost.destroy());
    await drill.detect();
    await drill.measure("the environment is built in another account", () => localEnvironment.failOver());
    const { account, mongodbUri } = localEnvironment.region;
    await drill.followRunbook("region-loss", { COPY: copy, MONGODB_URI: mongodbUri }, [3]);
    await drill.followRunbook("region-loss", { ...account.variables }, [2, 4, 5]);
    await drill.measure("the name leads to the new service", () => localEnvironment.startService());
    await drill.verifyRecovery();
  },
};

/** Stands for S3's replication, which the emulator does not do. */
async function copyBackups({ backupLocation, localEnvironment }: Drill, copy: string): Promise<void> {
  const [from, to] = [bucketOf(backupLocation), bucketOf(copy)];
  if (!from || !to) {
    throw new ConfigurationError(
      `The backup is in ${backupLocation}, and only a bucket is copied to another region. Leave --backup-location out.`,
    );
  }
  const s3 = new S3Client({ ...localEnvironment.region.account.clientConfig, forcePathStyle: true });
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: from })) {
    for (const { Key } of Contents) {
      await s3.send(new CopyObjectCommand({ Bucket: to, Key: Key!, CopySource: `${from}/${Key}` }));
    }
  }
}

const bucketOf = (place: string): string | undefined => /^s3:\/\/([^/]+)/.exec(place)?.[1];
