/** Where CloudFront wants certificates, firewalls and logs, and measures. */
export const globalRegion = "us-east-1";
