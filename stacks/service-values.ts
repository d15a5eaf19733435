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

/** AWS's default quota of concurrent executions: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const defaultConcurrencyQuota = 1_000;
