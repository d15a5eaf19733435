import { androidPackage, domain } from "../../service/company.ts";
import type { Environment } from "../environments.ts";
import { defineEnvironment } from "../sizes.ts";

export const production: Environment = defineEnvironment({
  name: "production",
  // All values of size S, with lower rates.
  size: "S",
  accountId: "444455556666",
  region: "eu-west-1",
  apiDomain: `api.${domain}`,
  corsOrigins: [`https://${domain}`, `https://app.${domain}`],
  minimumAppVersion: "0.0.0",
  // Examples. `ops doctor` names them until they are replaced.
  app: {
    appleAppIds: [`ABCDE12345.${androidPackage}`],
    androidCertificates: [
      "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5",
    ],
  },
  network: { cidr: "10.10.0.0/16", availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"] },
  cache: { nodeType: "cache.t3.small", nodes: 2, reservedMemoryPercent: 30 },
  database: {
    kind: "replica-set",
    organizationId: "000000000000000000000000",
    instanceSize: "M10",
    nodes: 3,
    backups: { everyHours: 4, dailyDays: 30, pointInTimeDays: 7, copyRegion: "eu-central-1" },
    // A day more than the service lets record: two clocks never agree.
    onlineArchive: { afterDays: 366, keepDays: 5 * 365 },
  },
  backup: { everyHours: 4, retentionDays: 30, copyRegion: "eu-central-1" },
  functions: {
    runtime: "nodejs24.x",
    memoryMb: 1024,
    timeoutSeconds: 30,
    // At the API's rates, 1.6 s for each request of auth and half a second for others.
    reservedConcurrency: { auth: 80, api: 250 },
    deploymentConfiguration: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    provisionedConcurrency: { minimum: 2, maximum: 20, utilizationPercent: 70 },
  },
  api: {
    docsPage: false,
    requestsPerSecond: 500,
    burst: 1_000,
    requestsPerAddress: 2_000,
    auth: { requestsPerSecond: 50, burst: 100, requestsPerAddress: 300 },
  },
  cdn: { priceClass: "PriceClass_100" },
  alerts: { emails: [`platform@${domain}`], webhookUrl: `https://alerts.${domain}/production` },
  slo: { availability: 99.9, slow: "1 s" },
  monthlyBudgetUsd: 500,
  logRetentionDays: 90,
  localFoundation: true,
});
