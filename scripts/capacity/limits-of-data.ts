import { atlasInstanceSizes, getAtlasTier, getConnectionLimit } from "../../stacks/atlas-tiers.ts";
import { cacheNodeTypes, getCacheNode } from "../../stacks/cache-nodes.ts";
import type { Environment } from "../../stacks/environments.ts";
import { largestDumps, largestRecovery } from "../backup/contract.ts";
import { cacheConnections, coldStart, flexLimits, getColdStartsOfConnections, natConnections } from "./contract.ts";
import type { Limit } from "./limit.ts";
import { countColdStarts, countEnvironments } from "./limits-of-functions.ts";
import { countActivities, getRates, traffic } from "./traffic-model.ts";

const atlasLimits = "https://www.mongodb.com/docs/atlas/reference/atlas-limits/";
const flexSource = "https://www.mongodb.com/docs/atlas/reference/flex-limitations/";

const gigabyte = 1e9;
const gibibyte = 1024 ** 3;

/** Environments of two versions: during a release, those of the previous one still have their connections. */
const versions = 2;

const getTier = ({ database }: Environment) =>
  database.kind === "replica-set" ? getAtlasTier(database.instanceSize) : undefined;

/**
 * MongoDB's cache: a quarter of the memory up to M30, and half of it above:
 * https://www.mongodb.com/docs/atlas/sizing-tier-selection/
 */
const getCacheBytes = (memoryGb: number): number => memoryGb * gibibyte * (memoryGb <= 8 ? 0.25 : 0.5);

/** The smallest tier whose value is enough. General tiers come before those with less CPU. */
const findTier = (getValue: Limit["value"]) => (environment: Environment, load: number) =>
  atlasInstanceSizes.find((instanceSize) => {
    const { database } = environment;
    if (database.kind !== "replica-set") return false;
    return (getValue({ ...environment, database: { ...database, instanceSize } }) ?? Number.POSITIVE_INFINITY) >= load;
  });

const getRedisMemory = ({ cache }: Environment): number =>
  (getCacheNode(cache.nodeType).memoryBytes * (1 - cache.reservedMemoryPercent / 100)) / gigabyte;

/** A limit of a tier of Atlas. */
const tierLimit = (limit: Omit<Limit, "adjustable" | "findNeeded" | "raise">): Limit => ({
  ...limit,
  raise: "`database.instanceSize`",
  adjustable: "member",
  findNeeded: findTier(limit.value),
});

/** Activities as BSON, in gigabytes. */
const getDataGb = (users: number): number => (countActivities(users) * traffic.activityBytes.value) / gigabyte;

/** Limits of MongoDB, Redis and the network to them. */
export const databaseLimits: readonly Limit[] = [
  tierLimit({
    id: "database-connections",
    name: "MongoDB, connections",
    unit: "connections",
    effect: "fails",
    value: ({ database }) => getConnectionLimit(database.kind === "flex" ? "flex" : database.instanceSize),
    load: (scenario) => countEnvironments(scenario) * traffic.connectionsPerEnvironment.value * versions,
    source: atlasLimits,
    alarm: { alert: "connections", scale: "percent" },
  }),
  tierLimit({
    id: "database-new-connections",
    name: "MongoDB, new connections at cold starts",
    unit: "connections/s",
    effect: "fails",
    value: (environment) => getTier(environment)?.newConnectionsPerSecond,
    load: (scenario) =>
      (countColdStarts(scenario) * coldStart.connections) / (coldStart.seconds + coldStart.connectSeconds),
    source: `${atlasLimits}#connection-limits-and-cluster-tier`,
    alarm: { suffix: "-cold-starts", scale: getColdStartsOfConnections(1) },
  }),
  tierLimit({
    id: "database-cache",
    name: "MongoDB, indexes and recent documents in its cache",
    unit: "GB",
    effect: "slows",
    value: (environment) => {
      const tier = getTier(environment);
      return tier && (getCacheBytes(tier.memoryGb) * traffic.cacheShare.value) / gigabyte;
    },
    load: ({ users }) => {
      const { activityIndexBytes, activityCacheBytes, recentShare } = traffic;
      const bytes = activityIndexBytes.value + recentShare.value * activityCacheBytes.value;
      return (countActivities(users) * bytes) / gigabyte;
    },
    source: "https://www.mongodb.com/docs/atlas/sizing-tier-selection/",
    alarm: { none: "reads from the disk become slower little by little: see the graph of cache activity in Atlas" },
  }),
  tierLimit({
    id: "database-disk",
    name: "MongoDB, disk",
    unit: "GB",
    effect: "fails",
    value: (environment) => getTier(environment)?.maxDiskGb,
    load: ({ users }) => (countActivities(users) * traffic.activityDiskBytes.value) / gigabyte,
    source: "https://www.mongodb.com/docs/atlas/cluster-autoscaling/",
    alarm: { none: "Atlas adds disk at 90 %, and its alert `disk` says if it did not" },
  }),
  {
    id: "flex-operations",
    name: "MongoDB Flex, operations",
    unit: "operations/s",
    effect: "slows",
    raise: "`database.kind`: a dedicated cluster",
    value: ({ database }) => (database.kind === "flex" ? flexLimits.operationsPerSecond : undefined),
    load: (scenario) => {
      const { base, rise } = getRates(scenario).api;
      return (base + rise) * traffic.databaseOperations.value;
    },
    source: flexSource,
    adjustable: "member",
    alarm: { none: "Atlas has alerts on single kinds of operations of Flex, and none on their sum" },
  },
  {
    id: "flex-data",
    name: "MongoDB Flex, data",
    unit: "GB",
    effect: "fails",
    raise: "`database.kind`: a dedicated cluster",
    value: ({ database }) => (database.kind === "flex" ? flexLimits.dataGb : undefined),
    load: ({ users }) => getDataGb(users),
    source: flexSource,
    adjustable: "member",
    alarm: { alert: "disk" },
  },
  {
    id: "redis-memory",
    name: "Redis, memory of sessions",
    unit: "GB",
    effect: "fails",
    raise: "`cache.nodeType`",
    value: getRedisMemory,
    findNeeded: (environment, load) =>
      cacheNodeTypes.find(
        (nodeType) => getRedisMemory({ ...environment, cache: { ...environment.cache, nodeType } }) >= load,
      ),
    load: ({ users }) => (users * traffic.sessionsPerUser.value * traffic.sessionBytes.value) / gigabyte,
    source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html",
    adjustable: "member",
    alarm: { suffix: "-redis-memory", scale: "percent" },
  },
  {
    id: "redis-connections",
    name: "Redis, connections",
    unit: "connections",
    effect: "fails",
    raise: "no setting: more nodes do not help",
    value: () => cacheConnections,
    load: (scenario) => countEnvironments(scenario) * versions,
    source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html",
    adjustable: "fixed",
    alarm: { suffix: "-redis-connections" },
  },
  {
    id: "recovery-time",
    name: "Recovery from our own dump in 15 minutes",
    unit: "GB",
    effect: "backups",
    raise: "recover by Atlas's snapshots: docs/atlas.md",
    value: () => largestRecovery / 1_000,
    load: ({ users }) => getDataGb(users),
    adjustable: "fixed",
    source: "https://www.mongodb.com/docs/atlas/backup/cloud-backup/overview/",
    alarm: { suffix: "-dump-recovery-time", scale: 1_000 },
  },
  {
    id: "dump-size",
    name: "Our own dump in one call of its function",
    unit: "GB",
    effect: "backups",
    raise: "rely on Atlas's snapshots and their copy: docs/backups.md",
    value: () => largestDumps.function / 1_000,
    load: ({ users }) => getDataGb(users),
    adjustable: "fixed",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    alarm: { suffix: "-dump-recovery-time", scale: 1_000 },
  },
  {
    id: "nat-connections",
    name: "NAT gateway, connections to one node of MongoDB",
    unit: "connections",
    effect: "fails",
    raise: "`database.kind`: connections to a dedicated cluster do not pass the NAT gateway",
    value: ({ network }) => (network.nat ? natConnections : undefined),
    load: (scenario) => countEnvironments(scenario) * traffic.connectionsPerEnvironment.value * versions,
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    adjustable: "fixed",
    alarm: { none: "MongoDB accepts fewer connections, and has an alert on them" },
  },
];
