/** A type of nodes of ElastiCache. */
export interface CacheNode {
  readonly vcpus: number;
  /** Redis's `maxmemory`, before a part of it is reserved. */
  readonly memoryBytes: number;
  /** CPU credits that a node earns in an hour, each a minute of one vCPU. @default it is not burstable */
  readonly creditsPerHour?: number;
}

// biome-ignore-start format: a table
/**
 * vCPUs of the equal types of EC2: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html. Credits:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
 */
const sizes = {
  micro: { vcpus: 2, creditsPerHour: 12 },
  small: { vcpus: 2, creditsPerHour: 24 },
  medium: { vcpus: 2, creditsPerHour: 24 },
  large: { vcpus: 2 },
  xlarge: { vcpus: 4 },
  "2xlarge": { vcpus: 8 },
  "4xlarge": { vcpus: 16 },
  "8xlarge": { vcpus: 32 },
  "12xlarge": { vcpus: 48 },
  "16xlarge": { vcpus: 64 },
  "24xlarge": { vcpus: 96 },
} as const;

type Size = keyof typeof sizes;

/** By size: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html#ParameterGroups.Redis.NodeSpecific */
const burstable = { micro: 536_870_912, small: 1_471_026_299, medium: 3_317_862_236 } as const;
const general = {
  large: 6_854_542_746,
  xlarge: 13_891_921_715,
  "2xlarge": 27_966_669_210,
  "4xlarge": 56_116_178_125,
} as const;
const memory = {
  large: 14_037_181_030,
  xlarge: 28_261_849_702,
  "2xlarge": 56_711_183_565,
  "4xlarge": 113_609_865_216,
} as const;
const x64General = { ...general, "12xlarge": 168_715_971_994, "24xlarge": 337_500_562_842 } as const;
const x64Memory = { ...memory, "12xlarge": 341_206_346_547, "24xlarge": 682_485_973_811 } as const;
const armGeneral = {
  ...general,
  "8xlarge": 111_325_552_312,
  "12xlarge": 168_715_971_994,
  "16xlarge": 225_000_375_228,
} as const;
const armMemory = {
  ...memory,
  "8xlarge": 225_000_375_228,
  "12xlarge": 341_206_346_547,
  "16xlarge": 450_000_750_456,
} as const;
const network = {
  large: 3_317_862_236,
  xlarge: 6_854_542_746,
  "2xlarge": 13_891_921_715,
  "4xlarge": 27_966_669_210,
  "8xlarge": 56_116_178_125,
  "12xlarge": 84_357_985_997,
  "16xlarge": 113_609_865_216,
} as const;
// biome-ignore-end format: a table

/**
 * The current families for Redis 7.1, without those with data tiering, which need another setting:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
 */
const families = {
  t3: burstable,
  t4g: burstable,
  m5: x64General,
  r5: x64Memory,
  m6g: armGeneral,
  m7g: armGeneral,
  r6g: armMemory,
  r7g: armMemory,
  c7gn: network,
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<Size, number>>>>>;

type Families = typeof families;

/** Such as `cache.t3.small`. */
export type CacheNodeType = {
  [Family in keyof Families]: `cache.${Family}.${Extract<keyof Families[Family], string>}`;
}[keyof Families];

const nodes = new Map(
  Object.entries(families).flatMap(([family, bySize]) =>
    Object.entries(bySize).map(([size, memoryBytes]) => [
      `cache.${family}.${size}` as CacheNodeType,
      { ...sizes[size as Size], memoryBytes } as CacheNode,
    ]),
  ),
);

/** Every type that an environment can have. */
export const cacheNodeTypes: readonly CacheNodeType[] = [...nodes.keys()];

/** The properties of a type. */
export const getCacheNode = (type: CacheNodeType): CacheNode => nodes.get(type)!;
