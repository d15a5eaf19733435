import { ApiGatewayBasePathMapping } from "@cdktf/provider-aws/lib/api-gateway-base-path-mapping/index.js";
import { ApiGatewayDomainName } from "@cdktf/provider-aws/lib/api-gateway-domain-name/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { requireTls } from "./api-tls.ts";
import { Certificate } from "./certificate.ts";
import type { RestApi } from "./rest-api.ts";

export interface ApiDomainProps {
  /** The zone's own name, or one below it. */
  readonly domainName: string;
  readonly zone: Route53Zone;
  readonly api: RestApi;
  /** Notified when the certificate is about to expire. */
  readonly alertTopic: AlertTopic;
}

/**
 * The custom domain name of a REST API, with an ACM certificate and the TLS policy of {@link requireTls}. Free, except for the
 * alarm; the hosted zone is billed by the month.
 *
 * @example new ApiDomain(this, "domain", { domainName: "api.ecobeat.app", zone, api, alertTopic });
 */
export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const { domainName, zone, api, alertTopic } = props;
    const alarmName = EcobeatStack.of(this).resourceName("certificate");

    const certificate = new Certificate(this, "certificate", { domainName, zone, alarmName, alertTopic });
    const domain = new ApiGatewayDomainName(this, "domain", {
      domainName,
      regionalCertificateArn: certificate.arn,
      endpointConfiguration: { types: ["REGIONAL"] },
    });
    requireTls(domain);
    new ApiGatewayBasePathMapping(this, "mapping", {
      domainName: domain.domainName,
      apiId: api.api.id,
      stageName: api.stage.stageName,
    });
    new Route53Record(this, "record", {
      zoneId: zone.zoneId,
      name: domainName,
      type: "A",
      alias: { name: domain.regionalDomainName, zoneId: domain.regionalZoneId, evaluateTargetHealth: false },
    });
  }
}
