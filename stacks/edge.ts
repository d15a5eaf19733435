import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Construct } from "constructs";
import { cacheableRoutes } from "../service/routes.ts";
import { Certificate } from "./constructs/api/certificate.ts";
import { AssetsBucket } from "./constructs/edge/assets-bucket.ts";
import { Distribution, DistributionLog } from "./constructs/edge/distribution.ts";
import { OriginVerifyHeader } from "./constructs/edge/origin-secret.ts";
import { WebAcl } from "./constructs/edge/web-acl.ts";
import { createPublicRules } from "./constructs/edge/web-acl-rules.ts";
import { LogKey } from "./constructs/identity/log-key.ts";
import { AlertTopic } from "./constructs/observability/alert-topic.ts";
import { BurnRateAlarms, createEdgeIndicator } from "./constructs/observability/service-levels.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import type { Environment, EnvironmentCdn } from "./environments.ts";
import type { FoundationStack } from "./foundation.ts";
import { globalRegion } from "./global-region.ts";
import type { ServiceStack } from "./service.ts";

export interface EdgeStackProps {
  readonly foundation: FoundationStack;
  readonly service: ServiceStack;
  readonly cdn: EnvironmentCdn;
}

/** The public entry of an environment with a CDN: CloudFront, its web ACL and certificate, and static files. */
export class EdgeStack extends EcobeatStack {
  override readonly logKey: LogKey;

  constructor(scope: Construct, environment: Environment, props: EdgeStackProps) {
    super(scope, "edge", environment);
    // It creates the secret, which this stack refers to by name.
    this.addDependency(props.service);
    const { apiDomain } = environment;
    const { foundation, service, cdn } = props;
    const name = this.resourceName("edge");
    const provider = this.addProvider(globalRegion);
    this.logKey = new LogKey(this, "log-key", {
      name: this.resourceName("edge-logs"),
      description: "Encrypts the logs of CloudFront and its web ACL",
      provider,
    });
    const alertTopic = new AlertTopic(this, "alerts", { name: this.resourceName("edge-alerts"), provider });
    const webAcl = new WebAcl(this, "web-acl", {
      name,
      scope: "CLOUDFRONT",
      rules: createPublicRules(environment.api),
      alertTopic,
    });
    const distribution = new Distribution(this, "distribution", {
      domainName: apiDomain,
      certificate: new Certificate(this, "certificate", {
        domainName: apiDomain,
        zone: foundation.zone,
        alarmName: this.resourceName("edge-certificate"),
        alertTopic,
      }),
      apiDomain: service.originDomain,
      originVerifyHeader: new OriginVerifyHeader(this, "origin-verify-header", {
        secret: service.originSecret!,
        provider: this.addUntaggedProvider(),
      }),
      cachedPaths: cacheableRoutes,
      assets: new AssetsBucket(this, "assets"),
      webAcl,
      priceClass: cdn.priceClass,
    });
    // What API Gateway cannot see: that CloudFront does not reach it. If the API itself fails, this one fires too.
    new BurnRateAlarms(this, "slo-errors", {
      name: "edge-slo-errors",
      problem: "requests to CloudFront failed with 5xx",
      runbook: "high-errors",
      indicator: createEdgeIndicator(environment.slo, {
        requests: distribution.metric("Requests", "Sum"),
        rate: distribution.metric("5xxErrorRate", "Average"),
      }),
      topic: alertTopic,
    });
    new DistributionLog(this, "access-log", { distribution });
    for (const type of ["A", "AAAA"]) {
      new Route53Record(this, `record-${type.toLowerCase()}`, {
        zoneId: foundation.zone.zoneId,
        name: apiDomain,
        type,
        alias: {
          name: distribution.resource.domainName,
          zoneId: distribution.resource.hostedZoneId,
          evaluateTargetHealth: false,
        },
      });
    }
  }
}
