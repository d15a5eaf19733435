import type { TerraformResource } from "cdktf";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Environment } from "../../environments.ts";

/**
 * The security policy of a REST API and its domain name: TLS 1.3 only, except behind CloudFront, which supports at most TLS 1.2 to
 * custom origins:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-ciphers-cloudfront-to-origin.html
 */
const getSecurityPolicy = ({ cdn }: Environment): string =>
  cdn ? "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09" : "SecurityPolicy_TLS13_1_3_2025_09";

/**
 * Sets {@link getSecurityPolicy} for a REST API or a domain name. The API's policy also applies to requests to its domain
 * name: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
 */
export function requireTls(apiOrDomain: TerraformResource): void {
  // The bindings do not have these attributes yet. STRICT rejects requests whose SNI differs from the Host header:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
  apiOrDomain.addOverride("security_policy", getSecurityPolicy(EcobeatStack.of(apiOrDomain).environment));
  apiOrDomain.addOverride("endpoint_access_mode", "STRICT");
}
