import type { Resource } from "../terraform/resources.ts";
import type { Price } from "./price.ts";
import type { Usage } from "./traffic.ts";
import { atlasTierPrices, cacheNodePrices } from "./type-prices.ts";

/** Date of the last comparison with the sources. */
export const priceDate = "2026-10-02";

/** Region of the prices. Those of CloudFront and its web ACL are of Europe and of us-east-1. */
export const priceRegion = "eu-west-1";

/** AWS's public price list, which needs no account. */
export const priceList = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws";

/** Cites a usage type in the price list. */
const cite = (service: string, usageType: string): string =>
  `${priceList}/${service}/current/${priceRegion}/index.json ${usageType}`;

const citePage = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;
const cloudFrontPage = `${citePage("cloudfront")}pay-as-you-go/`;
const provisionedConcurrency = `${citePage("lambda")} (provisioned concurrency, Arm)`;
const atlasServices = "https://www.mongodb.com/docs/atlas/billing/additional-services/";
const atlasFlex = "https://www.mongodb.com/docs/atlas/billing/atlas-flex-costs/";

/** Every price that the estimate uses: the first tier only, as units above it cost less. */
export const prices = {
  ...cacheNodePrices,
  ...atlasTierPrices,
  lambdaRequests: { usd: 0.2, unit: "million requests", source: cite("AWSLambda", "EU-Request-ARM") },
  lambdaCompute: { usd: 0.0000133334, unit: "GB-second", source: cite("AWSLambda", "EU-Lambda-GB-Second-ARM") },
  lambdaComputeX64: { usd: 0.0000166667, unit: "GB-second", source: cite("AWSLambda", "EU-Lambda-GB-Second") },
  lambdaProvisioned: { usd: 0.0000033334, unit: "GB-second", source: provisionedConcurrency, unconfirmed: true },
  lambdaProvisionedCompute: { usd: 0.0000077778, unit: "GB-second", source: provisionedConcurrency, unconfirmed: true },
  apiRequests: { usd: 3.5, unit: "million requests", source: cite("AmazonApiGateway", "EU-ApiGatewayRequest") },
  trafficOut: { usd: 0.09, unit: "GB", source: cite("AWSDataTransfer", "EU-DataTransfer-Out-Bytes") },
  traces: { usd: 5, unit: "million traces", source: citePage("xray") },
  webAcl: { usd: 5, unit: "month", source: citePage("waf") },
  webAclRule: { usd: 1, unit: "month", source: citePage("waf") },
  wafRequests: { usd: 0.6, unit: "million requests", source: citePage("waf") },
  edgeTraffic: { usd: 0.085, unit: "GB", source: `${cloudFrontPage} (Europe)` },
  edgeRequests: { usd: 1.2, unit: "million requests", source: `${cloudFrontPage} (Europe, HTTPS)` },
  edgeFunctions: { usd: 0.1, unit: "million calls", source: cloudFrontPage },
  logIngestion: { usd: 0.57, unit: "GB", source: cite("AmazonCloudWatch", "EU-DataProcessing-Bytes") },
  logIngestionUsEast1: { usd: 0.5, unit: "GB", source: citePage("cloudwatch") },
  logStorage: { usd: 0.03, unit: "GB-month", source: cite("AmazonCloudWatch", "EU-TimedStorage-ByteHrs") },
  logDataProtection: { usd: 0.12, unit: "GB scanned", source: citePage("cloudwatch"), unconfirmed: true },
  metric: { usd: 0.3, unit: "metric", source: cite("AmazonCloudWatch", "EU-CW:MetricMonitorUsage") },
  dashboard: { usd: 3, unit: "month", source: citePage("cloudwatch") },
  insightRule: { usd: 0.5, unit: "month", source: citePage("cloudwatch") },
  alarmMetric: { usd: 0.1, unit: "metric", source: cite("AmazonCloudWatch", "EU-CW:AlarmMonitorUsage") },
  compositeAlarm: { usd: 0.5, unit: "alarm", source: citePage("cloudwatch") },
  natHours: { usd: 0.048, unit: "hour", source: cite("AmazonEC2", "EU-NatGateway-Hours") },
  natTraffic: { usd: 0.048, unit: "GB", source: cite("AmazonEC2", "EU-NatGateway-Bytes") },
  address: { usd: 0.005, unit: "hour", source: cite("AmazonVPC", "EU-PublicIPv4:InUseAddress") },
  endpointHours: { usd: 0.011, unit: "hour in a zone", source: cite("AmazonVPC", "EU-VpcEndpoint-Hours") },
  endpointTraffic: { usd: 0.01, unit: "GB", source: citePage("privatelink") },
  mails: { usd: 0.1, unit: "1,000 mails", source: citePage("ses") },
  queueRequests: { usd: 0.4, unit: "million requests", source: `${citePage("sqs")} (standard queues)` },
  key: { usd: 1, unit: "month", source: citePage("kms") },
  keyRequests: { usd: 0.03, unit: "10,000 requests", source: citePage("kms") },
  storage: { usd: 0.023, unit: "GB-month", source: cite("AmazonS3", "EU-TimedStorage-ByteHrs") },
  storageCopy: { usd: 0.02, unit: "GB", source: `${citePage("s3")} (to another region)`, unconfirmed: true },
  parameterReads: {
    usd: 0.05,
    // Each parameter of a call counts.
    unit: "10,000 parameters read",
    source: `${citePage("systems-manager")} (Parameter Store, higher throughput)`,
    unconfirmed: true,
  },
  zone: { usd: 0.5, unit: "month", source: citePage("route53") },
  secret: { usd: 0.4, unit: "month", source: cite("AWSSecretsManager", "EU-AWSSecretsManager-Secrets") },
  atlasDisk: {
    usd: 0.4,
    unit: "GB-month of three nodes",
    // A disk of 200 GB makes an M30 cost 0.11 dollars more an hour.
    source: "https://www.mongodb.com/docs/atlas/billing/invoice-breakdown/",
    unconfirmed: true,
  },
  atlasSnapshots: { usd: 0.14, unit: "GB-month", source: atlasServices, unconfirmed: true },
  atlasExport: {
    usd: 0.125,
    unit: "GB",
    source: "https://www.mongodb.com/docs/atlas/backup/cloud-backup/export/",
    unconfirmed: true,
  },
  atlasEndpoint: { usd: 0.01, unit: "hour", source: atlasServices, unconfirmed: true },
  flexHours: { usd: 0.011, unit: "hour at up to 100 operations/s", source: atlasFlex },
  flexHours200: { usd: 0.0205, unit: "hour at up to 200 operations/s", source: atlasFlex },
  flexHours300: { usd: 0.0288, unit: "hour at up to 300 operations/s", source: atlasFlex },
  flexHours400: { usd: 0.0356, unit: "hour at up to 400 operations/s", source: atlasFlex },
  flexHours500: { usd: 0.0411, unit: "hour at up to 500 operations/s", source: atlasFlex },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof prices;

/** Something that is billed and that {@link prices} does not contain, such as a cluster tier. */
export interface UnknownPrice {
  readonly unknownPrice: string;
}

/** A line of the monthly bill. */
export interface LineItem {
  readonly price: PriceName | UnknownPrice;
  readonly quantity: number;
}

/** Computes the monthly charges for a resource at a usage. */
export type PricingRule = (resource: Resource, usage: Usage) => readonly LineItem[];

export const charge = (price: LineItem["price"], quantity: number): LineItem => ({ price, quantity });

/** The price of a type of nodes or of a cluster tier, by its name. */
export const toPriceName = (name: string): LineItem["price"] =>
  name in prices ? (name as PriceName) : { unknownPrice: name };

export const isKnownPrice = (price: LineItem["price"]): price is PriceName => typeof price === "string";
