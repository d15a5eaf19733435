import type { PolicyStatement } from "./policy-document.ts";

/** A statement for a bucket's policy: refuses whoever comes without TLS. */
export const denyInsecureTransport = (bucketArn: string): PolicyStatement => ({
  sid: "DenyInsecureTransport",
  effect: "Deny",
  principals: { AWS: "*" },
  actions: ["s3:*"],
  resources: [bucketArn, `${bucketArn}/*`],
  conditions: { Bool: { "aws:SecureTransport": "false" } },
});
