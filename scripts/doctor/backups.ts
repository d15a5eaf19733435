import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { S3Client } from "@aws-sdk/client-s3";
import { metricNamespace, toNamePrefix } from "../../service/contract.ts";
import { toBucketName } from "../../stacks/names.ts";
import { findBackups } from "../backup/catalog.ts";
import { type BackupMetric, dump } from "../backup/contract.ts";
import { S3Location } from "../backup/s3-location.ts";
import { hasCode } from "../cli/errors.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, type Outcome, toMissing } from "./check.ts";

/** Allows for a dump in progress, as its alarm does. */
const graceHours = 1;

/** Days without a restore test that the alarm allows: they run twice a week. */
const restoreTestDays = 5;

const hourMs = 3_600_000;
const verifiedMetric: BackupMetric = "BackupsVerified";

/** The newest dump, its copy, and its restore test. */
export const backupChecks: readonly Check[] = [
  {
    name: "newest dump",
    wanted: "complete and in time",
    async run(context) {
      await context.requireAccount();
      const { name, region, backup } = context.environment;
      const places = [
        { bucket: `${toNamePrefix(name)}-backups`, region },
        ...(backup.copyRegion ? [{ bucket: `${toNamePrefix(name)}-backups-copy`, region: backup.copyRegion }] : []),
      ];
      return Promise.all(places.map((place) => checkBucket(context, place)));
    },
  },
  {
    name: "restore test",
    wanted: `passed within ${restoreTestDays} days`,
    async run(context): Promise<Outcome> {
      await context.requireAccount();
      const passed = await countRestoreTests(context);
      if (passed > 0) return { state: "ok", found: `${passed} passed` };
      return toMissing(context, {
        found: "none passed",
        action: `Run npm run ops -- backup verify --environment ${context.environment.name}, and see runbooks/backups.md.`,
      });
    },
  },
];

async function checkBucket(
  context: Context,
  { bucket: name, region }: { readonly bucket: string; readonly region: string },
): Promise<Outcome> {
  const { environment, clock } = context;
  const { everyHours } = environment.backup;
  const bucket = toBucketName(name, environment);
  // Emulators do not resolve a host name per bucket.
  const client = new S3Client({ ...toClientConfig(region), forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });
  const common = {
    subject: region,
    wanted: `younger than ${everyHours + graceHours} hours`,
    action: `Run npm run ops -- backup create --environment ${environment.name}, and see runbooks/backups.md.`,
  };
  try {
    const backups = await findBackups(new S3Location(client, bucket, dump.prefix));
    const newest = backups.findLast(({ isComplete }) => isComplete);
    if (!newest) return await toMissing(context, { ...common, found: "no complete dump" });
    const hours = (clock() - newest.startedAt.getTime()) / hourMs;
    const found = `${newest.id}, ${hours.toFixed(1)} hours old`;
    return hours <= everyHours + graceHours
      ? { ...common, state: "ok", found, action: undefined }
      : { ...common, state: "wrong", found };
  } catch (error) {
    const isMissing = hasCode(error, "s3-request-failed") && ((error as Error).cause as Error).name === "NoSuchBucket";
    if (!isMissing) throw error;
    const action = `Deploy ${toNamePrefix(environment.name)}-foundation.`;
    return toMissing(context, { ...common, found: `no bucket ${bucket}`, action });
  }
}

async function countRestoreTests({ environment, clock }: Context): Promise<number> {
  const now = clock();
  const { Datapoints = [] } = await new CloudWatchClient(toClientConfig(environment.region)).send(
    new GetMetricStatisticsCommand({
      Namespace: metricNamespace,
      MetricName: verifiedMetric,
      StartTime: new Date(now - restoreTestDays * 24 * hourMs),
      EndTime: new Date(now),
      Period: (24 * hourMs) / 1_000,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
}
