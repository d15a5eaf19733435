import { CloudfrontCachePolicy } from "@cdktf/provider-aws/lib/cloudfront-cache-policy/index.js";
import { CloudfrontDistribution } from "@cdktf/provider-aws/lib/cloudfront-distribution/index.js";
import { CloudfrontOriginAccessControl } from "@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js";
import { CloudfrontResponseHeadersPolicy } from "@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js";
import { CloudwatchLogDelivery } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js";
import { CloudwatchLogDeliveryDestination } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js";
import { CloudwatchLogDeliverySource } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EnvironmentCdn } from "../../environments.ts";
import type { Certificate } from "../api/certificate.ts";
import { addLogDeliveryPolicy, LogGroup } from "../observability/log-group.ts";
import type { Metric } from "../observability/metric.ts";
import type { AssetsBucket } from "./assets-bucket.ts";
import type { OriginVerifyHeader } from "./origin-secret.ts";
import type { WebAcl } from "./web-acl.ts";

export interface DistributionProps {
  readonly domainName: string;
  /** For that domain name, in us-east-1. */
  readonly certificate: Certificate;
  /** Domain name of the API. */
  readonly apiDomain: string;
  readonly originVerifyHeader: OriginVerifyHeader;
  /** Paths of the API whose responses are the same for every user. */
  readonly cachedPaths: readonly string[];
  /** Files below `/assets/`. */
  readonly assets: AssetsBucket;
  readonly webAcl: WebAcl;
  readonly priceClass: EnvironmentCdn["priceClass"];
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
// Adds the viewer's location, and so `viewerCountryHeader`, to the viewer's headers. A custom policy could not forward only that
// one: a list of headers cannot contain `Authorization`, and every alternative forwards `Host`, which API Gateway would reject.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/**
 * Errors that CloudFront keeps for 10 s for all users, also where it caches nothing: one user's 503 would reach everyone, and a
 * request that S3 does not understand would hide a file. It ignores `no-store` for all but 501, and S3 does not send it. The service
 * sends it with 404, 410 and 414, where CloudFront obeys it; other errors are only kept by `max-age`.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
 */
const keptErrors = [405, 500, 501, 502, 503, 504];

const readMethods = ["GET", "HEAD", "OPTIONS"];

/**
 * A CloudFront distribution in front of an API and a bucket of files. It only caches files and the few paths that are the same
 * for every user, and no errors of the API. Viewers use TLS 1.3, over HTTP/2 or 3. Billed by request and gigabyte.
 *
 * @example
 * new Distribution(this, "distribution", {
 *   domainName, certificate, apiDomain, originVerifyHeader, cachedPaths, assets, webAcl, priceClass: "PriceClass_100",
 * });
 */
export class Distribution extends Construct {
  readonly resource: CloudfrontDistribution;

  constructor(scope: Construct, id: string, props: DistributionProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName("edge");
    const access = new CloudfrontOriginAccessControl(this, "access", {
      name: stack.toGlobalName(name),
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
    const shared = {
      compress: true,
      viewerProtocolPolicy: "https-only",
      cachedMethods: ["GET", "HEAD"],
      responseHeadersPolicyId: this.#addSecurityHeaders(stack.toGlobalName(`${name}-security`)),
    };
    const api = {
      ...shared,
      targetOriginId: "api",
      originRequestPolicyId: allViewerExceptHost,
      functionAssociation: [{ eventType: "viewer-request", functionArn: props.originVerifyHeader.functionArn }],
    };
    const publicResponses = this.#addCachePolicy(stack.toGlobalName(`${name}-public-responses`));
    this.resource = new CloudfrontDistribution(this, "distribution", {
      comment: name,
      enabled: true,
      aliases: [props.domainName],
      httpVersion: "http2and3",
      isIpv6Enabled: true,
      priceClass: props.priceClass,
      webAclId: props.webAcl.resource.arn,
      viewerCertificate: {
        acmCertificateArn: props.certificate.arn,
        sslSupportMethod: "sni-only",
        minimumProtocolVersion: "TLSv1.3_2025",
      },
      customErrorResponse: keptErrors.map((errorCode) => ({ errorCode, errorCachingMinTtl: 0 })),
      restrictions: { geoRestriction: { restrictionType: "none" } },
      origin: [
        {
          originId: "api",
          domainName: props.apiDomain,
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            // The highest that CloudFront supports for origins.
            originSslProtocols: ["TLSv1.2"],
            // Above API Gateway's timeout of 29 s.
            originReadTimeout: 30,
          },
        },
        {
          originId: "assets",
          domainName: props.assets.bucket.bucketRegionalDomainName,
          originAccessControlId: access.id,
        },
      ],
      defaultCacheBehavior: {
        ...api,
        cachePolicyId: cachingDisabled,
        allowedMethods: [...readMethods, "PUT", "POST", "PATCH", "DELETE"],
      },
      orderedCacheBehavior: [
        ...props.cachedPaths.map((pathPattern) => ({
          ...api,
          pathPattern,
          cachePolicyId: publicResponses,
          allowedMethods: readMethods,
        })),
        {
          ...shared,
          pathPattern: "/assets/*",
          targetOriginId: "assets",
          cachePolicyId: cachingOptimized,
          allowedMethods: readMethods,
        },
      ],
    });
    props.assets.grantRead(this.resource.arn);
  }

  /**
   * A metric of the distribution, in us-east-1:
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
   */
  metric(name: string, statistic: string): Metric {
    return {
      namespace: "AWS/CloudFront",
      name,
      dimensions: { DistributionId: this.resource.id, Region: "Global" },
      statistic,
    };
  }

  /** Caches as long as the API allows, but at most five minutes: a withdrawn signing key must not remain in a cache. */
  #addCachePolicy(name: string): string {
    return new CloudfrontCachePolicy(this, "public-responses", {
      name,
      minTtl: 0,
      defaultTtl: 0,
      maxTtl: 300,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: { cookieBehavior: "none" },
        // The response contains the origin of the request.
        headersConfig: { headerBehavior: "whitelist", headers: { items: ["Origin"] } },
        queryStringsConfig: { queryStringBehavior: "none" },
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
      },
    }).id;
  }

  /** Keeps the service's own headers, and adds the same ones to files and to CloudFront's error responses. */
  #addSecurityHeaders(name: string): string {
    return new CloudfrontResponseHeadersPolicy(this, "security-headers", {
      name,
      securityHeadersConfig: {
        strictTransportSecurity: { accessControlMaxAgeSec: 31_536_000, includeSubdomains: true, override: false },
        contentTypeOptions: { override: true },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: false },
        frameOptions: { frameOption: "DENY", override: false },
        referrerPolicy: { referrerPolicy: "no-referrer", override: false },
      },
    }).id;
  }
}

export interface DistributionLogProps {
  readonly distribution: Distribution;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
// No address, user agent, path, query, referrer or cookie, because they are personal data.
const logFields = [
  "date",
  "time",
  "x-edge-location",
  "x-edge-request-id",
  "cs-method",
  "cs-protocol",
  "cs-protocol-version",
  "ssl-protocol",
  "sc-status",
  "sc-bytes",
  "time-taken",
  "time-to-first-byte",
  "x-edge-result-type",
  "x-edge-detailed-result-type",
];

/**
 * The access log of a distribution (standard logging v2): one line of JSON for each request, without personal data. CloudFront
 * delivers only to us-east-1, so the stack's key for logs must be there.
 *
 * @example new DistributionLog(this, "access-log", { distribution });
 */
export class DistributionLog extends Construct {
  constructor(scope: Construct, id: string, props: DistributionLogProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("edge");
    const log = new LogGroup(this, "log", { name: `/aws/vendedlogs/cloudfront/${name}` });
    const { provider } = log.resource;
    const regional = provider && { provider };
    const delivery = addLogDeliveryPolicy(this, "log-delivery", log);
    const source = new CloudwatchLogDeliverySource(this, "source", {
      ...regional,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: props.distribution.resource.arn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, "destination", {
      ...regional,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: log.arn }],
    });
    new CloudwatchLogDelivery(this, "delivery", {
      ...regional,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: logFields,
      dependsOn: [delivery],
    });
  }
}
