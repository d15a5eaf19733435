import type { Stacks } from "../support/synthesize.ts";
import {
  bothProtocols,
  forwardedCountry,
  hardenedResponses,
  loggedDistributions,
  personalNotCached,
  privateBuckets,
  readableBuckets,
  signedBuckets,
  unreadSecrets,
  verifiedOrigin,
} from "./rules/edge.ts";
import { first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

/** Changes the template that makes the origin secret. */
function changeSecret(stacks: Stacks, change: (template: string) => string): void {
  const made = Object.values(stacks["ecobeat-production-service"]!.resource.aws_cloudformation_stack!).find(
    ({ template_body }) => template_body.includes("AWS::SecretsManager::Secret"),
  );
  made!.template_body = change(made!.template_body);
}

describe("the edge of the stacks", () => {
  testRule(privateBuckets, {
    "a bucket that may be opened": (stacks) => {
      first(stacks, "aws_s3_bucket_public_access_block").block_public_policy = false;
    },
    "a bucket that anybody reads": (stacks) => {
      const policy = first(stacks, "aws_s3_bucket_policy");
      policy.policy = policy.policy.replace('"Service":"cloudfront.amazonaws.com"', '"AWS":"*"');
    },
    "a bucket that every distribution reads": (stacks) => {
      const policy = first(stacks, "aws_s3_bucket_policy");
      policy.policy = policy.policy.replace("AWS:SourceArn", "aws:UserAgent");
    },
    "a missing file that looks like a forbidden one": (stacks) => {
      const policy = first(stacks, "aws_s3_bucket_policy");
      policy.policy = policy.policy.replace("s3:ListBucket", "s3:GetObjectVersion");
    },
    "a bucket that anybody writes": (stacks) => {
      const policy = first(stacks, "aws_s3_bucket_policy");
      policy.policy = policy.policy.replace("s3:GetObject", "s3:PutObject");
    },
    "a bucket without versions": (stacks) => {
      first(stacks, "aws_s3_bucket_versioning").versioning_configuration.status = "Suspended";
    },
  });

  testRule(readableBuckets, {
    "a key of all distributions": (stacks) => {
      for (const key of Object.values(stacks["ecobeat-production-edge"]!.resource.aws_kms_key!)) {
        key.policy = key.policy.replace("AWS:SourceArn", "aws:UserAgent");
      }
    },
    "a key that the distribution may only describe": (stacks) => {
      for (const key of Object.values(stacks["ecobeat-production-edge"]!.resource.aws_kms_key!)) {
        key.policy = key.policy.replace('["kms:Decrypt"]', '["kms:DescribeKey"]');
      }
    },
  });

  testRule(bothProtocols, {
    "no IPv6": (stacks) => {
      first(stacks, "aws_cloudfront_distribution").is_ipv6_enabled = false;
    },
    "no address by IPv6": (stacks) => {
      const records = stacks["ecobeat-production-edge"]!.resource.aws_route53_record!;
      for (const [id, { type }] of Object.entries(records)) {
        if (type === "AAAA") delete records[id];
      }
    },
  });

  testRule(signedBuckets, {
    "a bucket read without a signature": (stacks) => {
      first(stacks, "aws_cloudfront_origin_access_control").signing_behavior = "never";
    },
    "a bucket without access control": (stacks) => {
      delete first(stacks, "aws_cloudfront_distribution").origin[1].origin_access_control_id;
    },
  });

  testRule(personalNotCached, {
    "a cache of everything": (stacks) => {
      first(stacks, "aws_cloudfront_distribution").default_cache_behavior.cache_policy_id = "another";
    },
    "a cache of profiles": (stacks) => {
      first(stacks, "aws_cloudfront_distribution").ordered_cache_behavior[0].path_pattern = "/v1/*";
    },
    "keys that live for a day": (stacks) => {
      first(stacks, "aws_cloudfront_cache_policy").max_ttl = 86_400;
    },
  });

  testRule(verifiedOrigin, {
    "requests without the secret": (stacks) => {
      delete first(stacks, "aws_cloudfront_distribution").default_cache_behavior.function_association;
    },
    "another header": (stacks) => {
      const originVerify = stacks["ecobeat-production-edge"]!.resource.aws_cloudformation_stack!;
      for (const stack of Object.values(originVerify)) {
        stack.template_body = stack.template_body.replace("x-origin-verify", "x-other");
      }
    },
    "a value in the clear": (stacks) => {
      const originVerify = stacks["ecobeat-production-edge"]!.resource.aws_cloudformation_stack!;
      for (const stack of Object.values(originVerify)) {
        stack.template_body = stack.template_body.replace("{{resolve:secretsmanager:", "hunter2");
      }
    },
  });

  testRule(forwardedCountry, {
    "no policy, and so no header": (stacks) => {
      delete first(stacks, "aws_cloudfront_distribution").default_cache_behavior.origin_request_policy_id;
    },
    "a policy that forwards Host, by which API Gateway does not know itself": (stacks) => {
      first(stacks, "aws_cloudfront_distribution").ordered_cache_behavior[0].origin_request_policy_id =
        "33f36d7e-f396-46d9-90e0-52428a34d9dc";
    },
    "a bucket that is told": (stacks) => {
      const { ordered_cache_behavior: behaviors, default_cache_behavior: api } = first(
        stacks,
        "aws_cloudfront_distribution",
      );
      behaviors.at(-1).origin_request_policy_id = api.origin_request_policy_id;
    },
  });

  testRule(unreadSecrets, {
    "a secret of Terraform's": (stacks) => {
      stacks["ecobeat-production-service"]!.resource.aws_secretsmanager_secret_version = { value: {} };
    },
    "a value in the template": (stacks) =>
      changeSecret(stacks, (template) => template.replace("GenerateSecretString", "SecretString")),
    "a short one": (stacks) => changeSecret(stacks, (template) => template.replace("64", "8")),
    "one with a key of AWS": (stacks) =>
      changeSecret(stacks, (template) => template.replace("KmsKeyId", "Name")),
    "one that goes with its stack": (stacks) =>
      changeSecret(stacks, (template) => template.replace("Retain", "Delete")),
  });

  testRule(hardenedResponses, {
    "a path without them": (stacks) => {
      delete first(stacks, "aws_cloudfront_distribution").ordered_cache_behavior[1]
        .response_headers_policy_id;
    },
    "plain HTTP after a minute": (stacks) => {
      const { security_headers_config: headers } = first(stacks, "aws_cloudfront_response_headers_policy");
      headers.strict_transport_security.access_control_max_age_sec = 60;
    },
  });

  testRule(loggedDistributions, {
    "no log": (stacks) => {
      first(stacks, "aws_cloudwatch_log_delivery_source").resource_arn = "another";
    },
    "addresses in the log": (stacks) => {
      first(stacks, "aws_cloudwatch_log_delivery").record_fields.push("c-ip");
    },
    "paths in the log": (stacks) => {
      first(stacks, "aws_cloudwatch_log_delivery").record_fields.push("cs-uri-stem");
    },
  });
});
