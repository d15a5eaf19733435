import * as z from "zod";
import { recordableDays } from "../service/contract.ts";
import { atlasInstanceSizes } from "./atlas-tiers.ts";
import { members, text, wholeNumber } from "./schema.ts";
import { euRegions } from "./service-values.ts";

/** Id of the organization in Atlas that owns the environment's project. */
const organizationId = text(
  /^[0-9a-f]{24}$/,
  "24 hexadecimal digits: copy the id from the organization's settings in Atlas",
);

/**
 * A shared cluster billed by use. It has no private endpoint, so that the network needs `nat`. Atlas takes one snapshot a day and
 * keeps eight.
 */
const flex = members({
  kind: z.literal("flex"),
  organizationId,
  /** Flex clusters have none. */
  onlineArchive: z.never("absent: Flex clusters have no archive").exactOptional(),
});

/** Cheaper, read-only storage for old activities. */
const onlineArchive = members({
  /** Age in days at which an activity moves to the archive. More than the service accepts for a new activity. */
  afterDays: wholeNumber(recordableDays + 1, 36_500),
  /** Age in days at which an activity is deleted from the archive. Until then it outlives its account. */
  keepDays: wholeNumber(1, 36_500),
}).refine(({ afterDays, keepDays }) => keepDays >= afterDays + 7, {
  path: ["keepDays"],
  message: "at least seven days more than `afterDays`",
});

export type EnvironmentOnlineArchive = z.infer<typeof onlineArchive>;

const snapshotDays = wholeNumber(1, 36_500);

/** The snapshots of a replica set, and how long Atlas keeps them. */
const snapshots = members({
  /** Hours between two snapshots. */
  everyHours: z.literal([1, 2, 4, 6, 8, 12]),
  /** Days for which Atlas keeps each day's snapshot; not below `pointInTimeDays`. */
  dailyDays: snapshotDays,
  /** Point-in-time restore window in days; Atlas keeps the snapshots between the daily ones as long. */
  pointInTimeDays: snapshotDays,
  /** AWS's name of another region, which gets a copy of all snapshots. */
  copyRegion: z.enum(euRegions),
  /**
   * Of which snapshots Atlas exports each to a bucket of the account: docs/backups.md.
   * @default it exports none
   */
  exportFrequency: z.literal(["daily", "weekly", "monthly"]).exactOptional(),
}).refine(({ dailyDays, pointInTimeDays }) => dailyDays >= pointInTimeDays, {
  path: ["dailyDays"],
  message: "at least `pointInTimeDays`",
});

export type AtlasBackupPolicy = z.infer<typeof snapshots>;

/** A dedicated cluster behind AWS PrivateLink. */
const replicaSet = members({
  kind: z.literal("replica-set"),
  organizationId,
  instanceSize: z.enum(atlasInstanceSizes),
  /** Electable nodes: https://www.mongodb.com/docs/atlas/cluster-config/multi-cloud-distribution/ */
  nodes: z.literal([3, 5, 7]),
  backups: snapshots,
  /** @default activities stay in the cluster */
  onlineArchive: onlineArchive.exactOptional(),
});

export type EnvironmentReplicaSet = z.infer<typeof replicaSet>;

/** A database in MongoDB Atlas. */
export const database = z.discriminatedUnion("kind", [flex, replicaSet], '"flex" or "replica-set"');
