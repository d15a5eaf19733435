import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import type { Construct } from "constructs";
import { cacheableRoutes } from "../service/routes.ts";
import { Certificate } from "./constructs/api/certificate.ts";
import { AssetsBucket } from "./constructs/edge/assets-bucket.ts";
import { Distribution } from "./constructs/edge/distribution.ts";
import { DistributionLog } from "./constructs/edge/distribution-log.ts";
import { OriginProof } from "./constructs/edge/origin-secret.ts";
import { WebAcl } from "./constructs/edge/web-acl.ts";
import { publicRules } from "./constructs/edge/web-acl-rules.ts";
import { EncryptionKey } from "./constructs/identity/encryption-key.ts";
import { Alarm } from "./constructs/observability/alarm.ts";
import { AlertTopic } from "./constructs/observability/alert-topic.ts";
import { EcobeatStack, resourceName } from "./ecobeat-stack.ts";
import type { Environment, EnvironmentCdn } from "./environments.ts";
import { type FoundationStack, logService } from "./foundation.ts";
import { globalRegion } from "./global-region.ts";
import type { ServiceStack } from "./service.ts";

export interface EdgeStackProps {
  readonly foundation: FoundationStack;
  readonly service: ServiceStack;
  readonly cdn: EnvironmentCdn;
}

/** What the world reaches where there is a CDN: CloudFront, its firewall and certificate, and static files. */
export class EdgeStack extends EcobeatStack {
  constructor(scope: Construct, environment: Environment, props: EdgeStackProps) {
    super(scope, "edge", environment);
    // Which has the secret that is referred to by name.
    this.addDependency(props.service);
    const { accountId, apiDomain, logRetentionDays } = environment;
    const { foundation, service, cdn } = props;
    const name = resourceName(environment, "edge");
    const provider = this.addProvider(globalRegion);
    const logKey = new EncryptionKey(this, "log-key", {
      name: resourceName(environment, "edge-logs"),
      description: "Encrypts the logs of CloudFront and its firewall",
      accountId,
      users: [logService({ accountId, region: globalRegion })],
      provider,
    });
    const alertTopic = new AlertTopic(this, "alerts", {
      name: resourceName(environment, "edge-alerts"),
      region: globalRegion,
      accountId,
      receivers: environment.alerts,
      provider,
    });
    const webAcl = new WebAcl(this, "web-acl", {
      name,
      scope: "CLOUDFRONT",
      rules: publicRules(environment.api),
      accountId,
      region: globalRegion,
      logRetentionDays,
      logEncryptionKey: logKey,
      alertTopic,
      queryFolder: `ecobeat-${environment.name}`,
      provider,
    });
    const distribution = new Distribution(this, "distribution", {
      name,
      domainName: apiDomain,
      certificate: new Certificate(this, "certificate", {
        domainName: apiDomain,
        zone: foundation.zone,
        alarmName: resourceName(environment, "edge-certificate"),
        alertTopic,
        provider,
      }),
      apiDomain: service.originDomain,
      proof: new OriginProof(this, "proof", {
        name: resourceName(environment, "origin-proof"),
        secret: service.originSecret!,
        provider: this.addUntaggedProvider(),
      }),
      cachedPaths: cacheableRoutes,
      assets: new AssetsBucket(this, "assets", {
        name: resourceName(environment, `assets-${accountId}`),
        accountId,
      }),
      webAcl,
      priceClass: cdn.priceClass,
    });
    new Alarm(this, "failures", {
      name: `${name}-failures`,
      summary:
        "More than 5 % of all requests to CloudFront are answered with 5xx: it does not reach the API, or the API fails.",
      runbook: "high-errors",
      metric: {
        // As with the API's own alarm: of fewer requests, a share says nothing.
        expression: "IF(requests >= 20, failures, 0)",
        metrics: {
          failures: distribution.metric("5xxErrorRate", "Average"),
          requests: distribution.metric("Requests", "Sum"),
        },
      },
      threshold: 5,
      periodSeconds: 300,
      topic: alertTopic,
      provider,
    });
    new DistributionLog(this, "access-log", {
      name,
      distribution,
      retentionDays: logRetentionDays,
      encryptionKey: logKey,
      accountId,
      region: globalRegion,
      provider,
    });
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
