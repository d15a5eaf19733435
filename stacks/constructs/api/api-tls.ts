import type { TerraformResource } from "cdktf";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Environment } from "../../environments.ts";

/**
 * API Gateway's name of what a REST API and its domain name speak: nothing older than TLS 1.3, but for CloudFront. Where that
 * is the only client, it speaks TLS 1.2 at most to an origin that is no bucket:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-ciphers-cloudfront-to-origin.html
 */
export const getSecurityPolicy = ({ cdn }: Environment): string =>
  cdn ? "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09" : "SecurityPolicy_TLS13_1_3_2025_09";

/**
 * Sets {@link getSecurityPolicy} for a REST API or a domain name. The API's own decides, also for what comes by its domain
 * name: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
 */
export function requireTls(apiOrDomain: TerraformResource): void {
  // The bindings do not know all of it yet. STRICT refuses requests whose TLS server name is not the host they ask for:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
  apiOrDomain.addOverride("security_policy", getSecurityPolicy(EcobeatStack.of(apiOrDomain).environment));
  apiOrDomain.addOverride("endpoint_access_mode", "STRICT");
}
