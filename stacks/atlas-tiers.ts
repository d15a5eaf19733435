/** A cluster tier of Atlas on AWS. */
export interface AtlasTier {
  /** Connections that a node accepts, some of them for Atlas itself. */
  readonly connections: number;
  /** New connections that a node accepts in a second; Atlas queues more, and then drops them. @default no limit */
  readonly newConnectionsPerSecond?: number;
  readonly memoryGb: number;
  /** Disk that the price includes. It is the size of a new cluster's disk. */
  readonly includedDiskGb: number;
  /** Maximum to which the disk can grow. */
  readonly maxDiskGb: number;
  /** Whether its CPU is burstable: Atlas recommends M30 and above for sustained load. */
  readonly burstable: boolean;
}

const burstable = { newConnectionsPerSecond: 15, burstable: true } as const;
const large = { maxDiskGb: 4_096, burstable: false } as const;

// biome-ignore-start format: a table
/**
 * The tiers with private endpoints and scheduled backups: general, and low-CPU (`R`). Connections and their rates:
 * https://www.mongodb.com/docs/atlas/reference/atlas-limits/#connection-limits-and-cluster-tier. Memory and disk:
 * https://www.mongodb.com/pricing and https://www.mongodb.com/docs/atlas/manage-clusters/. Burstable:
 * https://www.mongodb.com/docs/atlas/sizing-tier-selection/
 */
const tiers = {
  M10: { connections: 1_500, memoryGb: 2, includedDiskGb: 10, maxDiskGb: 128, ...burstable },
  M20: { connections: 3_000, memoryGb: 4, includedDiskGb: 20, maxDiskGb: 256, ...burstable },
  M30: { connections: 3_000, memoryGb: 8, includedDiskGb: 40, maxDiskGb: 512, burstable: false },
  M40: { connections: 6_000, memoryGb: 16, includedDiskGb: 80, maxDiskGb: 1_024, burstable: false },
  M50: { connections: 16_000, memoryGb: 32, includedDiskGb: 160, ...large },
  M60: { connections: 32_000, memoryGb: 64, includedDiskGb: 320, ...large },
  M80: { connections: 96_000, memoryGb: 128, includedDiskGb: 750, ...large },
  M140: { connections: 96_000, memoryGb: 192, includedDiskGb: 1_000, ...large },
  M200: { connections: 128_000, memoryGb: 256, includedDiskGb: 1_500, ...large },
  M300: { connections: 128_000, memoryGb: 384, includedDiskGb: 2_000, ...large },
  R40: { connections: 4_000, memoryGb: 16, includedDiskGb: 80, maxDiskGb: 1_024, burstable: false },
  R50: { connections: 16_000, memoryGb: 32, includedDiskGb: 160, ...large },
  R60: { connections: 32_000, memoryGb: 64, includedDiskGb: 320, ...large },
  R80: { connections: 64_000, memoryGb: 128, includedDiskGb: 750, ...large },
  R200: { connections: 128_000, memoryGb: 256, includedDiskGb: 1_500, ...large },
  R300: { connections: 128_000, memoryGb: 384, includedDiskGb: 2_000, ...large },
  R400: { connections: 128_000, memoryGb: 512, includedDiskGb: 3_000, ...large },
  R700: { connections: 128_000, memoryGb: 768, includedDiskGb: 4_000, ...large },
} as const satisfies Readonly<Record<string, AtlasTier>>;
// biome-ignore-end format: a table

export type AtlasInstanceSize = keyof typeof tiers;

/** Every tier that an environment can have. */
export const atlasInstanceSizes = Object.keys(tiers) as readonly AtlasInstanceSize[];

/** The properties of a tier. */
export const getAtlasTier = (instanceSize: AtlasInstanceSize): AtlasTier => tiers[instanceSize];

/** Atlas keeps ten of each node's connections for itself. */
const ownConnections = 10;

/**
 * Connections that a node of a tier accepts from clients. Those of Flex:
 * https://www.mongodb.com/docs/atlas/reference/flex-limitations/
 */
export const getConnectionLimit = (tier: "flex" | AtlasInstanceSize): number =>
  tier === "flex" ? 500 : tiers[tier].connections - ownConnections;
