import { AcmCertificate } from "@cdktf/provider-aws/lib/acm-certificate/index.js";
import { AcmCertificateValidation } from "@cdktf/provider-aws/lib/acm-certificate-validation/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { Construct } from "constructs";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";

export interface CertificateProps {
  /** The zone's own name, or one below it. */
  readonly domainName: string;
  readonly zone: Route53Zone;
  /** Name of the alarm that fires when the certificate is about to expire. */
  readonly alarmName: string;
  /** Notified by the alarm. The certificate is in the topic's region. */
  readonly alertTopic: AlertTopic;
}

// ACM starts to renew 60 days before the expiry and retries every hour. Below 30 days something prevents it, such as a missing
// record: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
const renewedDaysBefore = 30;

/**
 * A certificate that ACM validates by DNS and renews automatically, and an alarm in case it does not. The certificate is free.
 *
 * @example
 * new Certificate(this, "certificate", {
 *   domainName: "api.ecobeat.app", zone, alarmName: this.resourceName("certificate"), alertTopic,
 * });
 */
export class Certificate extends Construct {
  /** Available once the certificate is valid. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id);
    const { provider } = props.alertTopic;
    const regional = provider && { provider };
    const certificate = new AcmCertificate(this, "certificate", {
      ...regional,
      domainName: props.domainName,
      validationMethod: "DNS",
      lifecycle: { createBeforeDestroy: true },
    });
    const option = certificate.domainValidationOptions.get(0);
    const validationRecord = new Route53Record(this, "validation-record", {
      zoneId: props.zone.zoneId,
      name: option.resourceRecordName,
      type: option.resourceRecordType,
      records: [option.resourceRecordValue],
      ttl: 300,
      // Certificates for the same name have the same record, in every region.
      allowOverwrite: true,
    });
    const validation = new AcmCertificateValidation(this, "validation", {
      ...regional,
      certificateArn: certificate.arn,
      validationRecordFqdns: [validationRecord.fqdn],
    });
    this.arn = validation.certificateArn;
    new Alarm(this, "alarm", {
      name: props.alarmName,
      summary: `ACM has not renewed the certificate of ${props.domainName}, which expires in less than ${renewedDaysBefore} days.`,
      runbook: "certificate",
      // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
      metric: {
        namespace: "AWS/CertificateManager",
        name: "DaysToExpiry",
        dimensions: { CertificateArn: certificate.arn },
        statistic: "Minimum",
      },
      comparison: "LessThanThreshold",
      threshold: renewedDaysBefore,
      // ACM publishes it twice a day until the certificate expires. After that the alarm keeps its state.
      periodSeconds: 86_400,
      missingData: "ignore",
      topic: props.alertTopic,
    });
  }
}
