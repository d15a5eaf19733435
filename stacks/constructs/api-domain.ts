import { ApiGatewayBasePathMapping } from "@cdktf/provider-aws/lib/api-gateway-base-path-mapping/index.js";
import { ApiGatewayDomainName } from "@cdktf/provider-aws/lib/api-gateway-domain-name/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Construct } from "constructs";
import type { AlertTopic } from "./alert-topic.ts";
import { Certificate } from "./certificate.ts";
import type { RestApi } from "./rest-api.ts";

export interface ApiDomainProps {
  /** The zone's own name, or one below it. */
  readonly domainName: string;
  readonly zone: Route53Zone;
  readonly api: RestApi;
  /**
   * Whether CloudFront is its only client, which speaks TLS 1.2 at most to an origin that is no bucket:
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-ciphers-cloudfront-to-origin.html
   */
  readonly behindCloudFront: boolean;
  /** Name of the alarm that tells when the certificate is about to end. */
  readonly alarmName: string;
  readonly alertTopic: AlertTopic;
}

/**
 * The name of a REST API, with a certificate that renews itself and nothing older than TLS 1.3, but for CloudFront. The name and the
 * certificate are free; the zone is billed by the month.
 */
export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const { domainName, zone, api, alarmName, alertTopic } = props;

    const certificate = new Certificate(this, "certificate", { domainName, zone, alarmName, alertTopic });
    const domain = new ApiGatewayDomainName(this, "domain", {
      domainName,
      regionalCertificateArn: certificate.arn,
      endpointConfiguration: { types: ["REGIONAL"] },
      securityPolicy: props.behindCloudFront
        ? "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
        : "SecurityPolicy_TLS13_1_3_2025_09",
    });
    // The bindings do not know it yet. STRICT refuses requests whose TLS server name is not the host they ask for:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    domain.addOverride("endpoint_access_mode", "STRICT");
    new ApiGatewayBasePathMapping(this, "mapping", {
      domainName: domain.domainName,
      apiId: api.api.id,
      stageName: api.stage.stageName,
    });
    new Route53Record(this, "record", {
      zoneId: zone.zoneId,
      name: domainName,
      type: "A",
      alias: {
        name: domain.regionalDomainName,
        zoneId: domain.regionalZoneId,
        evaluateTargetHealth: false,
      },
    });
  }
}
