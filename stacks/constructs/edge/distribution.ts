import { CloudfrontCachePolicy } from "@cdktf/provider-aws/lib/cloudfront-cache-policy/index.js";
import { CloudfrontDistribution } from "@cdktf/provider-aws/lib/cloudfront-distribution/index.js";
import { CloudfrontOriginAccessControl } from "@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js";
import { CloudfrontResponseHeadersPolicy } from "@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Certificate } from "../api/certificate.ts";
import type { Metric } from "../observability/metric.ts";
import type { AssetsBucket } from "./assets-bucket.ts";
import type { OriginVerifyHeader } from "./origin-secret.ts";
import type { WebAcl } from "./web-acl.ts";

export interface DistributionProps {
  readonly domainName: string;
  /** For that domain name, in us-east-1. */
  readonly certificate: Certificate;
  /** Where the API answers. */
  readonly apiDomain: string;
  readonly originVerifyHeader: OriginVerifyHeader;
  /** Paths of the API whose answers are the same for everybody. */
  readonly cachedPaths: readonly string[];
  /** Files below `/assets/`. */
  readonly assets: AssetsBucket;
  readonly webAcl: WebAcl;
  /** Where it answers from, such as `PriceClass_100`. */
  readonly priceClass: string;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
// Adds to what the viewer sent where it was sent from, so `viewerCountryHeader` among others. No policy of our own could forward
// that one alone: a list of headers cannot hold `Authorization`, and every other way but this hands on `Host`, by which API
// Gateway would not know itself.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
const priceClasses = ["PriceClass_100", "PriceClass_200", "PriceClass_All"];

const reading = ["GET", "HEAD", "OPTIONS"];

/**
 * A CloudFront distribution before an API and a bucket of files. It caches files and the few paths that are the same for
 * everybody, and nothing else. Viewers speak TLS 1.3, over HTTP/2 or 3. Billed by request and gigabyte.
 *
 * ```ts
 * new Distribution(this, "distribution", {
 *   domainName, certificate, apiDomain, originVerifyHeader, cachedPaths, assets, webAcl, priceClass: "PriceClass_100",
 * });
 * ```
 */
export class Distribution extends Construct {
  readonly resource: CloudfrontDistribution;

  constructor(scope: Construct, id: string, props: DistributionProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("edge");
    checkPriceClass(name, props);
    const access = new CloudfrontOriginAccessControl(this, "access", {
      name,
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
    const shared = {
      compress: true,
      viewerProtocolPolicy: "https-only",
      cachedMethods: ["GET", "HEAD"],
      responseHeadersPolicyId: this.#addSecurityHeaders(name),
    };
    const api = {
      ...shared,
      targetOriginId: "api",
      originRequestPolicyId: allViewerExceptHost,
      functionAssociation: [
        { eventType: "viewer-request", functionArn: props.originVerifyHeader.functionArn },
      ],
    };
    const publicAnswers = this.#addCachePolicy(name);
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
      restrictions: { geoRestriction: { restrictionType: "none" } },
      origin: [
        {
          originId: "api",
          domainName: props.apiDomain,
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            // The highest that CloudFront knows here.
            originSslProtocols: ["TLSv1.2"],
            // API Gateway waits 29 s for the service.
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
        allowedMethods: [...reading, "PUT", "POST", "PATCH", "DELETE"],
      },
      orderedCacheBehavior: [
        ...props.cachedPaths.map((pathPattern) => ({
          ...api,
          pathPattern,
          cachePolicyId: publicAnswers,
          allowedMethods: reading,
        })),
        {
          ...shared,
          pathPattern: "/assets/*",
          targetOriginId: "assets",
          cachePolicyId: cachingOptimized,
          allowedMethods: reading,
        },
      ],
    });
    props.assets.grantRead(this.resource.arn);
  }

  /**
   * What CloudFront measures, in us-east-1:
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

  /** As long as the API says, and five minutes at most: a key that is withdrawn must not live on in a cache. */
  #addCachePolicy(name: string): string {
    return new CloudfrontCachePolicy(this, "public-answers", {
      name: `${name}-public-answers`,
      minTtl: 0,
      defaultTtl: 0,
      maxTtl: 300,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: { cookieBehavior: "none" },
        // The answer names the origin that asked.
        headersConfig: { headerBehavior: "whitelist", headers: { items: ["Origin"] } },
        queryStringsConfig: { queryStringBehavior: "none" },
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
      },
    }).id;
  }

  /** What the service says itself stays; files and errors of CloudFront get the same. */
  #addSecurityHeaders(name: string): string {
    return new CloudfrontResponseHeadersPolicy(this, "security-headers", {
      name: `${name}-security`,
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: 31_536_000,
          includeSubdomains: true,
          override: false,
        },
        contentTypeOptions: { override: true },
        contentSecurityPolicy: {
          contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
          override: false,
        },
        frameOptions: { frameOption: "DENY", override: false },
        referrerPolicy: { referrerPolicy: "no-referrer", override: false },
      },
    }).id;
  }
}

function checkPriceClass(name: string, { priceClass }: DistributionProps): void {
  if (!priceClasses.includes(priceClass)) {
    throw new Error(
      `The distribution "${name}" is to be of the price class "${priceClass}". CloudFront knows three, by the continents ` +
        `from which it answers. Choose one of ${priceClasses.join(", ")}.`,
    );
  }
}
