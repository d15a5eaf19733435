import type { PolicyStatement } from "./policy-document.ts";

/** A statement for the policy of a resource: denies actions, such as `s3:*`, without TLS. */
export const denyInsecureTransport = (action: string, ...resources: readonly string[]): PolicyStatement => ({
  sid: "DenyInsecureTransport",
  effect: "Deny",
  principals: { AWS: "*" },
  actions: [action],
  resources,
  conditions: { Bool: { "aws:SecureTransport": "false" } },
});
