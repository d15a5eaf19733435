/** The region of CloudFront's certificates, web ACLs, logs and metrics. */
export const globalRegion = "us-east-1";
