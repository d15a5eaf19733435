import { androidPackage, domain } from "../../service/company.ts";
import type { Environment } from "../environments.ts";

export const staging: Environment = {
  name: "staging",
  accountId: "111122223333",
  region: "eu-west-1",
  apiDomain: `api-staging.${domain}`,
  corsOrigins: [`https://staging.${domain}`],
  minimumAppVersion: "0.0.0",
  // Examples. `ops doctor` names them until they are replaced.
  app: {
    appleAppIds: [`ABCDE12345.${androidPackage}`],
    androidCertificates: [
      "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5",
    ],
  },
  network: {
    cidr: "10.20.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    // MongoDB Atlas Flex has no private endpoint. Its nodes listen on these ports:
    // https://www.mongodb.com/docs/atlas/reference/faq/networking/
    nat: { fromPort: 27015, toPort: 27017 },
  },
  cache: { nodeType: "cache.t3.micro", nodes: 1, reservedMemoryPercent: 50 },
  database: { kind: "flex", organizationId: "000000000000000000000000" },
  backup: { everyHours: 4, retentionDays: 30 },
  functions: {
    runtime: "nodejs24.x",
    memoryMb: 512,
    timeoutSeconds: 30,
    // At the API's rates, 2 s for each request of auth and 1 s for others.
    reservedConcurrency: { auth: 20, api: 50 },
    // There are too few requests for a tenth of them to show anything.
    deploymentConfiguration: "CodeDeployDefault.LambdaAllAtOnce",
  },
  api: {
    docsPage: true,
    requestsPerSecond: 50,
    burst: 100,
    requestsPerAddress: 1_000,
    auth: { requestsPerSecond: 10, burst: 20, requestsPerAddress: 300 },
  },
  alerts: { emails: [`platform-staging@${domain}`], webhookUrl: `https://alerts.${domain}/staging` },
  slo: { availability: 99, slow: "2 s" },
  monthlyBudgetUsd: 200,
  logRetentionDays: 30,
  promotedTo: "production",
  // 8 with the function `migrate`. With staging's own 75, five of them have 464 of the 500 connections of Flex.
  previews: { maximum: 5, days: 7, reservedConcurrency: { auth: 2, api: 5 } },
  drillable: true,
  localFoundation: true,
};
