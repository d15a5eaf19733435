import { AcmCertificate } from "@cdktf/provider-aws/lib/acm-certificate/index.js";
import { AcmCertificateValidation } from "@cdktf/provider-aws/lib/acm-certificate-validation/index.js";
import { ApiGatewayBasePathMapping } from "@cdktf/provider-aws/lib/api-gateway-base-path-mapping/index.js";
import { ApiGatewayDomainName } from "@cdktf/provider-aws/lib/api-gateway-domain-name/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Construct } from "constructs";
import type { RestApi } from "./rest-api.ts";

export interface ApiDomainProps {
  /** The zone's own name, or one below it. */
  readonly domainName: string;
  readonly zone: Route53Zone;
  readonly api: RestApi;
}

/**
 * The public name of a REST API, with a certificate that renews itself and nothing older than TLS 1.3. The name and the
 * certificate are free; the zone is billed by the month.
 */
export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const { domainName, zone, api } = props;

    const certificate = new AcmCertificate(this, "certificate", {
      domainName,
      validationMethod: "DNS",
      lifecycle: { createBeforeDestroy: true },
    });
    const proof = certificate.domainValidationOptions.get(0);
    const proofRecord = new Route53Record(this, "certificate-proof", {
      zoneId: zone.zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      // A new certificate for the same name has the same proof.
      allowOverwrite: true,
    });
    const validation = new AcmCertificateValidation(this, "certificate-validation", {
      certificateArn: certificate.arn,
      validationRecordFqdns: [proofRecord.fqdn],
    });

    const domain = new ApiGatewayDomainName(this, "domain", {
      domainName,
      regionalCertificateArn: validation.certificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
      securityPolicy: "SecurityPolicy_TLS13_1_3_2025_09",
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
