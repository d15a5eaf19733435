/** What one unit of something costs. */
export interface Price {
  /** US dollars, before taxes and without any free allowance. */
  readonly usd: number;
  /** What is counted. */
  readonly unit: string;
  /** Where the figure can be seen. */
  readonly source: string;
  /**
   * The region's own figure was not at hand: this is the one of the general page, or the last known one, and may be some
   * percent off.
   *
   * @default false
   */
  readonly unconfirmed?: boolean;
}

/** When the prices were last compared with their sources. */
export const priceDate = "2026-10-02";

/** Of which region they are; CloudFront and its web ACL have prices of Europe, and of us-east-1. */
export const priceRegion = "eu-west-1";

/** AWS's public price list, which anyone may read without an account. */
export const priceList = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws";

/** A usage type in the price list. */
const toPriceListSource = (service: string, usageType: string): string =>
  `${priceList}/${service}/current/${priceRegion}/index.json ${usageType}`;

/** Every price that the estimate uses. The first tier alone: above it units get cheaper. */
export const prices = {
  lambdaRequests: {
    usd: 0.2,
    unit: "million requests",
    source: toPriceListSource("AWSLambda", "EU-Request-ARM"),
  },
  lambdaCompute: {
    usd: 0.0000133334,
    unit: "GB-second",
    source: toPriceListSource("AWSLambda", "EU-Lambda-GB-Second-ARM"),
  },
  lambdaComputeX64: {
    usd: 0.0000166667,
    unit: "GB-second",
    source: toPriceListSource("AWSLambda", "EU-Lambda-GB-Second"),
  },
  lambdaReady: {
    usd: 0.0000033334,
    unit: "GB-second",
    source: "https://aws.amazon.com/lambda/pricing/ (provisioned concurrency, Arm)",
    unconfirmed: true,
  },
  lambdaReadyCompute: {
    usd: 0.0000077778,
    unit: "GB-second",
    source: "https://aws.amazon.com/lambda/pricing/ (provisioned concurrency, Arm)",
    unconfirmed: true,
  },
  apiRequests: {
    usd: 3.5,
    unit: "million requests",
    source: toPriceListSource("AmazonApiGateway", "EU-ApiGatewayRequest"),
  },
  trafficOut: {
    usd: 0.09,
    unit: "GB",
    source: toPriceListSource("AWSDataTransfer", "EU-DataTransfer-Out-Bytes"),
  },
  traces: { usd: 5, unit: "million traces", source: "https://aws.amazon.com/xray/pricing/" },
  webAcl: { usd: 5, unit: "month", source: "https://aws.amazon.com/waf/pricing/" },
  webAclRule: { usd: 1, unit: "month", source: "https://aws.amazon.com/waf/pricing/" },
  wafRequests: { usd: 0.6, unit: "million requests", source: "https://aws.amazon.com/waf/pricing/" },
  edgeTraffic: {
    usd: 0.085,
    unit: "GB",
    source: "https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/ (Europe)",
  },
  edgeRequests: {
    usd: 1.2,
    unit: "million requests",
    source: "https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/ (Europe, HTTPS)",
  },
  edgeFunctions: {
    usd: 0.1,
    unit: "million calls",
    source: "https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/",
  },
  logTaken: {
    usd: 0.57,
    unit: "GB",
    source: toPriceListSource("AmazonCloudWatch", "EU-DataProcessing-Bytes"),
  },
  logTakenUsEast1: { usd: 0.5, unit: "GB", source: "https://aws.amazon.com/cloudwatch/pricing/" },
  logKept: {
    usd: 0.03,
    unit: "GB-month",
    source: toPriceListSource("AmazonCloudWatch", "EU-TimedStorage-ByteHrs"),
  },
  logMasked: {
    usd: 0.12,
    unit: "GB looked through",
    source: "https://aws.amazon.com/cloudwatch/pricing/",
    unconfirmed: true,
  },
  metric: {
    usd: 0.3,
    unit: "metric",
    source: toPriceListSource("AmazonCloudWatch", "EU-CW:MetricMonitorUsage"),
  },
  dashboard: { usd: 3, unit: "month", source: "https://aws.amazon.com/cloudwatch/pricing/" },
  insightRule: { usd: 0.5, unit: "month", source: "https://aws.amazon.com/cloudwatch/pricing/" },
  alarmMetric: {
    usd: 0.1,
    unit: "metric",
    source: toPriceListSource("AmazonCloudWatch", "EU-CW:AlarmMonitorUsage"),
  },
  natHours: { usd: 0.048, unit: "hour", source: toPriceListSource("AmazonEC2", "EU-NatGateway-Hours") },
  natTraffic: { usd: 0.048, unit: "GB", source: toPriceListSource("AmazonEC2", "EU-NatGateway-Bytes") },
  address: { usd: 0.005, unit: "hour", source: toPriceListSource("AmazonVPC", "EU-PublicIPv4:InUseAddress") },
  endpointHours: {
    usd: 0.011,
    unit: "hour in a zone",
    source: toPriceListSource("AmazonVPC", "EU-VpcEndpoint-Hours"),
  },
  endpointTraffic: { usd: 0.01, unit: "GB", source: "https://aws.amazon.com/privatelink/pricing/" },
  "cache.t3.micro": {
    usd: 0.018,
    unit: "hour",
    source: toPriceListSource("AmazonElastiCache", "EU-NodeUsage:cache.t3.micro"),
    unconfirmed: true,
  },
  "cache.t3.small": {
    usd: 0.036,
    unit: "hour",
    source: toPriceListSource("AmazonElastiCache", "EU-NodeUsage:cache.t3.small"),
    unconfirmed: true,
  },
  key: { usd: 1, unit: "month", source: "https://aws.amazon.com/kms/pricing/" },
  keyRequests: { usd: 0.03, unit: "10,000 requests", source: "https://aws.amazon.com/kms/pricing/" },
  storage: { usd: 0.023, unit: "GB-month", source: toPriceListSource("AmazonS3", "EU-TimedStorage-ByteHrs") },
  storageCopy: {
    usd: 0.02,
    unit: "GB",
    source: "https://aws.amazon.com/s3/pricing/ (to another region)",
    unconfirmed: true,
  },
  zone: { usd: 0.5, unit: "month", source: "https://aws.amazon.com/route53/pricing/" },
  secret: {
    usd: 0.4,
    unit: "month",
    source: toPriceListSource("AWSSecretsManager", "EU-AWSSecretsManager-Secrets"),
  },
  M10: {
    usd: 0.09,
    unit: "hour of three nodes",
    source: "https://www.mongodb.com/pricing",
    unconfirmed: true,
  },
  atlasDisk: {
    usd: 0.25,
    unit: "GB-month of three nodes",
    source: "https://www.mongodb.com/docs/atlas/billing/cluster-configuration-costs/",
    unconfirmed: true,
  },
  atlasSnapshots: {
    usd: 0.14,
    unit: "GB-month",
    source: "https://www.mongodb.com/docs/atlas/billing/additional-services/",
    unconfirmed: true,
  },
  atlasEndpoint: {
    usd: 0.01,
    unit: "hour",
    source: "https://www.mongodb.com/docs/atlas/billing/additional-services/",
    unconfirmed: true,
  },
  flexHours: {
    usd: 0.011,
    unit: "hour at up to 100 operations/s",
    source: "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/",
  },
  flexHours200: {
    usd: 0.0205,
    unit: "hour at up to 200 operations/s",
    source: "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/",
  },
  flexHours300: {
    usd: 0.0288,
    unit: "hour at up to 300 operations/s",
    source: "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/",
  },
  flexHours400: {
    usd: 0.0356,
    unit: "hour at up to 400 operations/s",
    source: "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/",
  },
  flexHours500: {
    usd: 0.0411,
    unit: "hour at up to 500 operations/s",
    source: "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/",
  },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof prices;
