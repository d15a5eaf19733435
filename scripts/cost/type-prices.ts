import type { AtlasInstanceSize } from "../../stacks/atlas-tiers.ts";
import { type CacheNodeType, cacheNodeTypes } from "../../stacks/cache-nodes.ts";
import type { Price } from "./price.ts";

const cacheNodePage = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonElastiCache/current/us-east-1";

/**
 * Of eu-west-1, as multiples of us-east-1's. The price lists of 2026-08-21 have 0.229 to 0.206 dollars for `cache.r6g.large`, and 0.018
 * to 0.017 for `cache.t3.micro`. The ratios of other types differ by up to 2 %.
 */
const regionalFactors = { burstable: 18 / 17, others: 1.112 } as const;

// biome-ignore-start format: a table
/** US dollars an hour for Redis in us-east-1, as read on 2026-10-02. */
const cacheNodesInUsEast1: Readonly<Record<CacheNodeType, number>> = {
  "cache.t3.micro": 0.017,
  "cache.t3.small": 0.034,
  "cache.t3.medium": 0.068,
  "cache.t4g.micro": 0.016,
  "cache.t4g.small": 0.032,
  "cache.t4g.medium": 0.065,
  "cache.m5.large": 0.156,
  "cache.m5.xlarge": 0.311,
  "cache.m5.2xlarge": 0.623,
  "cache.m5.4xlarge": 1.245,
  "cache.m5.12xlarge": 3.744,
  "cache.m5.24xlarge": 7.488,
  "cache.r5.large": 0.216,
  "cache.r5.xlarge": 0.431,
  "cache.r5.2xlarge": 0.862,
  "cache.r5.4xlarge": 1.724,
  "cache.r5.12xlarge": 5.184,
  "cache.r5.24xlarge": 10.368,
  "cache.m6g.large": 0.149,
  "cache.m6g.xlarge": 0.297,
  "cache.m6g.2xlarge": 0.593,
  "cache.m6g.4xlarge": 1.186,
  "cache.m6g.8xlarge": 2.372,
  "cache.m6g.12xlarge": 3.557,
  "cache.m6g.16xlarge": 4.743,
  "cache.m7g.large": 0.158,
  "cache.m7g.xlarge": 0.315,
  "cache.m7g.2xlarge": 0.629,
  "cache.m7g.4xlarge": 1.257,
  "cache.m7g.8xlarge": 2.514,
  "cache.m7g.12xlarge": 3.77,
  "cache.m7g.16xlarge": 5.028,
  "cache.r6g.large": 0.206,
  "cache.r6g.xlarge": 0.411,
  "cache.r6g.2xlarge": 0.821,
  "cache.r6g.4xlarge": 1.642,
  "cache.r6g.8xlarge": 3.284,
  "cache.r6g.12xlarge": 4.925,
  "cache.r6g.16xlarge": 6.567,
  "cache.r7g.large": 0.219,
  "cache.r7g.xlarge": 0.437,
  "cache.r7g.2xlarge": 0.873,
  "cache.r7g.4xlarge": 1.745,
  "cache.r7g.8xlarge": 3.491,
  "cache.r7g.12xlarge": 5.235,
  "cache.r7g.16xlarge": 6.981,
  "cache.c7gn.large": 0.255,
  "cache.c7gn.xlarge": 0.509,
  "cache.c7gn.2xlarge": 1.018,
  "cache.c7gn.4xlarge": 2.037,
  "cache.c7gn.8xlarge": 4.073,
  "cache.c7gn.12xlarge": 6.11,
  "cache.c7gn.16xlarge": 8.147,
};

/** US dollars an hour for three nodes in us-east-1. MongoDB publishes no such list of low-CPU tiers. */
const generalTiersInUsEast1 = {
  M20: 0.2,
  M30: 0.54,
  M40: 1.04,
  M50: 2,
  M60: 3.95,
  M80: 7.3,
  M140: 10.99,
  M200: 14.59,
  M300: 21.85,
} as const satisfies Partial<Readonly<Record<AtlasInstanceSize, number>>>;
// biome-ignore-end format: a table

const round = (usd: number): number => Number(usd.toFixed(3));

const toCacheNodePrice = (type: CacheNodeType): Price => {
  const factor = /\.t\w+\./.test(type) ? regionalFactors.burstable : regionalFactors.others;
  return {
    usd: round(cacheNodesInUsEast1[type] * factor),
    unit: "hour",
    source: `${cacheNodePage}/index.json NodeUsage:${type}, times ${round(factor)}`,
    unconfirmed: true,
  };
};

/** The price of every type of nodes. */
export const cacheNodePrices = Object.fromEntries(
  cacheNodeTypes.map((type) => [type, toCacheNodePrice(type)]),
) as Readonly<Record<CacheNodeType, Price>>;

const tierPage = "https://www.mongodb.com/pricing";
const tierUnit = "hour of three nodes";

type PricedTier = keyof typeof generalTiersInUsEast1;

/** The prices of the general tiers. Those above M10 are us-east-1's, adjusted like AWS's. */
export const atlasTierPrices = {
  M10: { usd: 0.09, unit: tierUnit, source: tierPage, unconfirmed: true },
  ...(Object.fromEntries(
    Object.entries(generalTiersInUsEast1).map(([tier, usd]) => [
      tier,
      {
        usd: round(usd * regionalFactors.others),
        unit: tierUnit,
        source: `${tierPage}, times ${regionalFactors.others}`,
        unconfirmed: true,
      },
    ]),
  ) as Readonly<Record<PricedTier, Price>>),
} as const;
