import { AcmCertificate } from "@cdktf/provider-aws/lib/acm-certificate/index.js";
import { AcmCertificateValidation } from "@cdktf/provider-aws/lib/acm-certificate-validation/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Construct } from "constructs";

export interface CertificateProps {
  /** The zone's own name, or one below it. */
  readonly domainName: string;
  readonly zone: Route53Zone;
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/** A certificate that the zone proves and that renews itself. Free. */
export class Certificate extends Construct {
  /** Known once the certificate is valid. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id);
    const placed = props.provider && { provider: props.provider };
    const certificate = new AcmCertificate(this, "certificate", {
      ...placed,
      domainName: props.domainName,
      validationMethod: "DNS",
      lifecycle: { createBeforeDestroy: true },
    });
    const proof = certificate.domainValidationOptions.get(0);
    const proofRecord = new Route53Record(this, "proof", {
      zoneId: props.zone.zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      // A new certificate for the same name has the same proof, and so has one of another region.
      allowOverwrite: true,
    });
    const validation = new AcmCertificateValidation(this, "validation", {
      ...placed,
      certificateArn: certificate.arn,
      validationRecordFqdns: [proofRecord.fqdn],
    });
    this.arn = validation.certificateArn;
  }
}
