import { changed, destroyed, itFinds, itFindsNothing } from "../plans.ts";

const reserved = (before: number, after: number) =>
  changed("aws_lambda_function", { reserved_concurrent_executions: before }, { reserved_concurrent_executions: after });

describe("a review finds an effect on releases and requests:", () => {
  itFinds({
    "an alias that Terraform shifts": [
      changed("aws_lambda_alias", { function_version: "7" }, { function_version: "8" }),
      /^critical: shifts all traffic at once/,
    ],
    "new code": [
      changed("aws_lambda_function", { source_code_hash: "a" }, { source_code_hash: "b" }),
      /^info: a new version, for `source_code_hash`: it gets no traffic until a release shifts the alias$/,
    ],
    "a replaced stage": [
      { type: "aws_api_gateway_stage", effect: "replace" },
      /^warning: is replaced: the API does not respond until it exists again$/,
    ],
    "a replacement that creates the new resource first": [
      { type: "aws_api_gateway_deployment", effect: "replace", createBeforeDestroy: true },
      /^info: is replaced, the new one first/,
    ],
    "no provisioned concurrency": [
      destroyed("aws_lambda_provisioned_concurrency_config"),
      /^warning: is destroyed: the first request/,
    ],
    "a lower limit": [reserved(100, 50), /^warning: `reserved_concurrent_executions` falls from 100 to 50$/],
    "a limit of zero": [
      reserved(100, 0),
      /^critical: `reserved_concurrent_executions` falls from 100 to 0: all requests/,
    ],
    "a removed throttle": [
      changed("aws_x", { throttling_rate_limit: 50 }, { throttling_rate_limit: -1 }),
      /^warning: `throttling_rate_limit` no longer limits anything/,
    ],
    "another node type": [
      changed("aws_elasticache_replication_group", { node_type: "a" }, { node_type: "b" }),
      /^warning: `node_type` changes: a failover/,
    ],
    "an import": [
      { type: "aws_x", effect: "import", before: { a: 1 }, after: { a: 1 } },
      /^info: is imported as it is/,
    ],
    "a resource that Terraform forgets": [
      { type: "aws_x", effect: "forget" },
      /^warning: stays in the cloud, but Terraform no longer manages it/,
    ],
  });

  describe("but not in", () => {
    itFindsNothing({
      "the description of an alias": changed("aws_lambda_alias", { description: "a" }, { description: "b" }),
      "a higher limit": reserved(50, 100),
    });
  });
});
