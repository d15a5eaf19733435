/** Values that AWS and Atlas allow, where they are a fixed list. Types and the check of the environments follow from them. */

/**
 * AWS regions in member states of the European Union, where users' data must stay; eu-west-2 and eu-central-2 are outside:
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
export const euRegions = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"] as const;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
// biome-ignore format: a list of numbers
export const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const combine = <Family extends string, Size extends string>(families: readonly Family[], sizes: readonly Size[]) =>
  families.flatMap((family) => sizes.map((size) => `cache.${family}.${size}` as const));

const upTo4xlarge = ["large", "xlarge", "2xlarge", "4xlarge"] as const;

/**
 * The current types of nodes, without those with data tiering, which need another setting:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
 */
export const cacheNodeTypes = [
  ...combine(["t3", "t4g"], ["micro", "small", "medium"]),
  ...combine(["m5", "r5"], [...upTo4xlarge, "12xlarge", "24xlarge"]),
  ...combine(["m6g", "m7g", "r6g", "r7g", "c7gn"], [...upTo4xlarge, "8xlarge", "12xlarge", "16xlarge"]),
];

/**
 * The cluster tiers on AWS with private endpoints and scheduled backups:
 * https://www.mongodb.com/docs/atlas/reference/free-shared-limitations/ and
 * https://www.mongodb.com/docs/atlas/reference/amazon-aws/
 */
// biome-ignore format: general and low-CPU tiers
export const atlasInstanceSizes = [
  "M10", "M20", "M30", "M40", "M50", "M60", "M80", "M140", "M200", "M300",
  "R40", "R50", "R60", "R80", "R200", "R300", "R400", "R700",
] as const;

export type AtlasInstanceSize = (typeof atlasInstanceSizes)[number];

/**
 * Connections that a node of a tier accepts from clients: Atlas keeps ten of each node's for itself. Tiers above M60 accept at least
 * as many as that: https://www.mongodb.com/docs/atlas/reference/atlas-limits/ and
 * https://www.mongodb.com/docs/atlas/reference/flex-limitations/
 */
export function getConnectionLimit(tier: "flex" | AtlasInstanceSize): number {
  if (tier === "flex") return 500;
  const perNode: Partial<Readonly<Record<AtlasInstanceSize, number>>> = {
    M10: 1_500,
    M20: 3_000,
    M30: 3_000,
    M40: 6_000,
    R40: 4_000,
    M50: 16_000,
    R50: 16_000,
  };
  return (perNode[tier] ?? 32_000) - 10;
}

/**
 * Lambda's names of the Node.js versions that it supports and for which archives are built:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export const lambdaRuntimes = ["nodejs22.x", "nodejs24.x"] as const;

/**
 * CodeDeploy's own configurations for Lambda; the stacks create no others:
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
export const deploymentConfigurations = [
  "CodeDeployDefault.LambdaAllAtOnce",
  "CodeDeployDefault.LambdaCanary10Percent5Minutes",
  "CodeDeployDefault.LambdaCanary10Percent10Minutes",
  "CodeDeployDefault.LambdaCanary10Percent15Minutes",
  "CodeDeployDefault.LambdaCanary10Percent30Minutes",
  "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
  "CodeDeployDefault.LambdaLinear10PercentEvery2Minutes",
  "CodeDeployDefault.LambdaLinear10PercentEvery3Minutes",
  "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes",
] as const;

/** The edge locations of CloudFront: `PriceClass_100` is Europe and North America. */
export const priceClasses = ["PriceClass_100", "PriceClass_200", "PriceClass_All"] as const;
