import { Wafv2WebAcl } from "@cdktf/provider-aws/lib/wafv2-web-acl/index.js";
import { Wafv2WebAclAssociation } from "@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js";
import { Construct } from "constructs";
import type { RestApi } from "./rest-api.ts";

export interface WebAclProps {
  readonly name: string;
  readonly api: RestApi;
  /** Requests that one IP address may make in five minutes, from 10 to 2 000 000 000. */
  readonly requestsPerAddress: number;
}

/**
 * A WAF in front of a REST API. It refuses an address that asks too often, until it slows down. Billed by the month, by
 * rule and by request.
 */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    const { name, requestsPerAddress } = props;
    // https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
    if (
      !Number.isInteger(requestsPerAddress) ||
      requestsPerAddress < 10 ||
      requestsPerAddress > 2_000_000_000
    ) {
      throw new Error(
        `The WAF "${name}" is to allow ${requestsPerAddress} requests per address. AWS WAF counts whole requests and ` +
          `knows limits from 10 to 2,000,000,000 in five minutes. Choose a limit in that range.`,
      );
    }
    const visibility = (metric: string) => ({
      metricName: metric,
      cloudwatchMetricsEnabled: true,
      // Samples would hold the headers of requests: access tokens among them.
      sampledRequestsEnabled: false,
    });
    const acl = new Wafv2WebAcl(this, "acl", {
      name,
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: visibility(name),
      rule: [
        {
          name: "rate-per-address",
          priority: 1,
          action: { block: {} },
          // The bindings pass a statement on as it is: Terraform's names.
          statement: {
            rate_based_statement: {
              limit: requestsPerAddress,
              evaluation_window_sec: 300,
              aggregate_key_type: "IP",
            },
          },
          visibilityConfig: visibility("rate-per-address"),
        },
      ],
    });
    new Wafv2WebAclAssociation(this, "association", {
      webAclArn: acl.arn,
      resourceArn: props.api.stage.arn,
    });
  }
}
