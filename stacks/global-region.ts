/** Where CloudFront wants certificates, web ACLs and logs, and measures. */
export const globalRegion = "us-east-1";
