import { expect } from "chai";
import { evaluate } from "../../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../../scripts/plan-review/markdown.ts";
import { readPlan } from "../../../../scripts/plan-review/plan.ts";
import { changed, type PlannedChange, toPlanJson } from "../plans.ts";

const [ours, theirs] = ["123456789012", "999999999999"];
const lambda = (account: string, name = "api") => `arn:aws:lambda:eu-west-1:${account}:function:${name}`;
const invocation = (account: string, name?: string) =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${lambda(account, name)}/invocations`;

/** What the provider allows, and a zone that exists. */
const configuration = {
  provider_config: { aws: { expressions: { allowed_account_ids: { constant_value: [ours] } } } },
};
const zone: PlannedChange = { type: "aws_route53_zone", effect: "import", before: { name: "ecobeat.app" } };

const read = (change: PlannedChange, more: object = { configuration }) =>
  readPlan("staging", toPlanJson([zone, change], { ...more }));
const find = (change: PlannedChange, more?: object): string[] =>
  evaluate([read(change, more)])
    .filter(({ subject }) => subject === "Destination")
    .map(({ severity, text }) => `${severity}: ${text}`);

type Way = readonly [type: string, path: string, before: unknown, own: unknown, foreign: unknown];

const distribution = "aws_cloudfront_distribution";
const edge = (account: string, name: string) => `arn:aws:cloudfront::${account}:function/${name}`;

/** Where requests and data go: an attribute, its value, another one that is ours, and one that is not. */
const ways: readonly Way[] = [
  [distribution, "origin.0.domain_name", "api.ecobeat.app", "api2.ecobeat.app", "ecobeat.example"],
  [
    distribution,
    "origin.0.domain_name",
    "a.execute-api.eu-west-1.amazonaws.com",
    "b.execute-api.eu-west-1.amazonaws.com",
    "b.example",
  ],
  [
    distribution,
    "default_cache_behavior.0.function_association.0.function_arn",
    edge(ours, "a"),
    edge(ours, "b"),
    edge(theirs, "a"),
  ],
  ["aws_api_gateway_integration", "uri", invocation(ours), invocation(ours, "auth"), invocation(theirs)],
  [
    "aws_api_gateway_integration",
    "uri",
    "https://a.ecobeat.app/x",
    "https://b.ecobeat.app/x",
    "https://a.ecobeat.app.evil.example/x",
  ],
  [
    "aws_lambda_function",
    "role",
    `arn:aws:iam::${ours}:role/a`,
    `arn:aws:iam::${ours}:role/b`,
    `arn:aws:iam::${theirs}:role/a`,
  ],
  [
    "aws_lambda_function",
    "layers",
    [`arn:aws:lambda:eu-west-1:${ours}:layer:a:1`],
    [`arn:aws:lambda:eu-west-1:${ours}:layer:a:2`],
    [`arn:aws:lambda:eu-west-1:${theirs}:layer:a:1`],
  ],
  [
    "aws_lambda_function",
    "environment.0.variables.ERRORS_URL",
    "https://x.ecobeat.app/1",
    "https://y.ecobeat.app/1",
    "https://y.example/1",
  ],
  [
    "aws_lambda_function_event_invoke_config",
    "destination_config.0.on_failure.0.destination",
    `arn:aws:sqs:eu-west-1:${ours}:a`,
    `arn:aws:sqs:eu-west-1:${ours}:b`,
    `arn:aws:sqs:eu-west-1:${theirs}:a`,
  ],
  [
    "aws_lambda_event_source_mapping",
    "event_source_arn",
    `arn:aws:sqs:eu-west-1:${ours}:a`,
    `arn:aws:sqs:eu-west-1:${ours}:b`,
    `arn:aws:sqs:eu-west-1:${theirs}:a`,
  ],
  ["aws_sns_topic_subscription", "endpoint", "on-call@ecobeat.app", "team@ecobeat.app", "on-call@ecobeat.example"],
  ["aws_cloudwatch_log_subscription_filter", "destination_arn", lambda(ours), lambda(ours, "b"), lambda(theirs)],
  ["aws_cloudwatch_event_target", "arn", lambda(ours), lambda(ours, "b"), lambda(theirs)],
  [
    "aws_cloudwatch_event_target",
    "arn",
    lambda(ours),
    lambda(ours, "b"),
    `arn:aws:events:eu-west-1:${theirs}:event-bus/a`,
  ],
  ["aws_scheduler_schedule", "target.0.arn", lambda(ours), lambda(ours, "b"), lambda(theirs)],
  ["aws_route53_record", "records", ["a.ecobeat.app"], ["b.ecobeat.app"], ["b.example"]],
  [
    "aws_route53_record",
    "records",
    ["_a.x.acm-validations.aws"],
    ["_b.y.acm-validations.aws"],
    ["_a.validations.example"],
  ],
  ["aws_route53_record", "alias.0.name", "d1.cloudfront.net", "d2.cloudfront.net", "d1.example"],
  [
    "aws_s3_bucket_notification",
    "queue.0.queue_arn",
    `arn:aws:sqs:eu-west-1:${ours}:a`,
    `arn:aws:sqs:eu-west-1:${ours}:b`,
    `arn:aws:sqs:eu-west-1:${theirs}:a`,
  ],
  [
    "aws_api_gateway_stage",
    "access_log_settings.0.destination_arn",
    `arn:aws:logs:eu-west-1:${ours}:log-group:a`,
    `arn:aws:logs:eu-west-1:${ours}:log-group:b`,
    `arn:aws:logs:eu-west-1:${theirs}:log-group:a`,
  ],
  [
    "aws_sqs_queue_policy",
    "queue_url",
    `https://sqs.eu-west-1.amazonaws.com/${ours}/a`,
    `https://sqs.eu-west-1.amazonaws.com/${ours}/b`,
    `https://sqs.eu-west-1.amazonaws.com/${theirs}/a`,
  ],
];

/** References whose values do not say whose they are. */
const others: readonly (readonly [type: string, path: string])[] = [
  [distribution, "origin.0.origin_access_control_id"],
  [distribution, "ordered_cache_behavior.0.path_pattern"],
  [distribution, "default_cache_behavior.0.function_association.0.event_type"],
  [distribution, "ordered_cache_behavior.0.target_origin_id"],
  [distribution, "ordered_cache_behavior.0.cache_policy_id"],
  [distribution, "ordered_cache_behavior.0.origin_request_policy_id"],
  ["aws_api_gateway_integration", "connection_id"],
  ["aws_lambda_function", "vpc_config.0.subnet_ids"],
  ["aws_route", "nat_gateway_id"],
  ["aws_s3_bucket_replication_configuration", "rule.0.destination.0.bucket"],
  ["some_other_thing", "target_url"],
];

/** Nested blocks, as a path describes them. */
const nest = (path: string, value: unknown): Record<string, unknown> =>
  path
    .split(".")
    .reduceRight<unknown>((inner, key) => (/^\d+$/.test(key) ? [inner] : { [key]: inner }), value) as Record<
    string,
    unknown
  >;
const moved = (
  type: string,
  path: string,
  before: unknown,
  after: unknown,
  more: Partial<PlannedChange> = {},
): PlannedChange => ({ ...{ type, before: nest(path, before), after: nest(path, after) }, ...more });

describe("a review finds that requests or data go elsewhere:", () => {
  for (const [type, path, before, own, foreign] of ways) {
    it(`${type} ${path}, to ${JSON.stringify(foreign)}`, () => {
      const [warning, ...more] = find(moved(type, path, before, own));
      expect(warning)
        .to.match(/^warning: /)
        .and.include(`\`${path}\` leads to \``)
        .and.include(", before: `");
      expect(more).to.deep.equal([]);
      const [critical] = find(moved(type, path, before, foreign));
      expect(critical).to.match(/^critical: .*, of the other (account|domain) `/);
      // A new resource may lead to other resources of the stacks.
      expect(find(moved(type, path, null, own, { effect: "create" }))).to.deep.equal([]);
      expect(find(moved(type, path, null, foreign, { effect: "create" }))[0]).to.match(/^critical: /);
      const unknown = { unknown: nest(path, true) };
      expect(find(moved(type, path, before, null, unknown))).to.deep.equal([
        `warning: \`${path}\` is known only after the apply: read it in the code`,
      ]);
    });
  }

  for (const [type, path] of others) {
    it(`${type} ${path}`, () => {
      expect(find(moved(type, path, "one", "other"))).to.deep.equal([`warning: \`${path}\` changes`]);
      expect(find(moved(type, path, "one", null))).to.deep.equal([`warning: \`${path}\` is removed`]);
    });
  }

  it("without knowing the accounts of the providers", () => {
    const change = moved("aws_lambda_function", "role", `arn:aws:iam::${ours}:role/a`, `arn:aws:iam::${theirs}:role/a`);
    expect(find(change, {})[0]).to.match(/^critical: .*, of the other account `999999999999`$/);
    const existing = changed("aws_sns_topic", {
      arn: [`arn:aws:sns:eu-west-1:${ours}:a`, `arn:aws:sns:eu-west-1:${ours}:a`],
    });
    const created = changed("aws_cloudwatch_event_target", "create", { after: { arn: lambda(theirs) } });
    const plan = readPlan("staging", toPlanJson([existing, created]));
    expect(evaluate([plan]).map(({ severity }) => severity)).to.include("critical");
  });

  it("by a number, or in another order", () => {
    expect(find(changed("aws_route53_record", { weight: [1, 0] }))).to.deep.equal(["warning: `weight` changes"]);
    expect(
      find(
        changed("aws_x", {
          layers: [
            ["a", "b"],
            ["b", "a"],
          ],
        }),
      ),
    ).to.deep.equal(["warning: `layers` changes"]);
    expect(find(changed("aws_x", { layers: [["a", "b"], ["b"]] }))).to.deep.equal(["warning: `layers` changes"]);
  });

  it("to several places, in one line", () => {
    const values = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`a${index}_arn`, ["a", "b"]]));
    const [finding, ...more] = find(changed("aws_x", values as Record<string, [string, string]>));
    expect(finding).to.include("`a5_arn` changes; and 3 more");
    expect(more).to.deep.equal([]);
  });

  it("in a replacement, but not what it says itself", () => {
    const replaced = { effect: "replace", replacePaths: ["role_arn"], unknown: { arn: true } } as const;
    const values = { role_arn: ["a", "b"], arn: ["a"], subnet_id: ["a", "b"] } as const;
    expect(find(changed("aws_x", values, replaced))).to.deep.equal(["warning: `subnet_id` changes"]);
  });
});

describe("a review finds no other destination", () => {
  for (const [title, change] of Object.entries({
    "in what other rules are about": changed("aws_x", { kms_key_id: ["a", "b"], policy_arn: ["a", "b"] }),
    "in tags": changed("aws_x", { tags: [{ owner_arn: "a" }, { owner_arn: "b" }] }),
    "in texts": changed("aws_x", { description: ["a", "b"], memory_size: [1, 2] }),
    "in what is destroyed": changed("aws_x", "destroy", { before: { role: `arn:aws:iam::${theirs}:role/a` } }),
  })) {
    it(title, () => expect(find(change)).to.deep.equal([]));
  }

  it("in the results of an apply, which the code does not set", () => {
    const resources = [{ address: "module.m.aws_lambda_function.it", expressions: { role: {} } }];
    const call = { module: { resources: [{ ...resources[0], address: "aws_lambda_function.it" }] } };
    const root_module = { module_calls: { m: call } };
    const address = 'module.m["a.b[0]"].aws_lambda_function.it[0]';
    const values = { role: ["a"], invoke_arn: ["a"] } as const;
    const change = changed("aws_lambda_function", values, { address, unknown: { role: true, invoke_arn: true } });
    expect(find(change, { configuration: { root_module } })).to.deep.equal([
      "warning: `role` is known only after the apply: read it in the code",
    ]);
  });

  it("that needs attention in a stage that gets a new deployment", () => {
    const change = changed("aws_api_gateway_stage", { deployment_id: ["a"] }, { unknown: { deployment_id: true } });
    expect(find(change)[0]).to.match(/^info: .*: the stage serves the routes as this plan leaves them$/);
  });
});

describe("a review of destinations never shows", () => {
  const secrets = [
    changed("aws_x", { endpoint: ["https://a.ecobeat.app", "https://user:hunter2@hooks.example/hunter2?a=hunter2"] }),
    changed("aws_x", { target_url: ["hunter2", "hunter2.hunter2"] }, { sensitive: { target_url: true } }),
    changed(
      "aws_x",
      { destination_arn: [lambda(ours), lambda(theirs, "hunter2")] },
      { sensitive: { destination_arn: true } },
    ),
    changed("aws_x", { endpoint: ["hunter2@ecobeat.app", "hunter2@ecobeat.example"] }),
    changed("aws_x", { target_id: ["old", "hunter2"] }),
    changed("aws_x", { DATABASE_URL: ["mongodb+srv://a.ecobeat.app", "mongodb+srv://a:hunter2@b.example/c"] }),
  ];
  for (const [index, change] of secrets.entries()) {
    it(`a secret (${index})`, () => {
      const plan = read(change);
      const text = toMarkdown([plan], evaluate([plan]));
      expect(text).to.include("**Destination**").and.not.include("hunter2");
    });
  }
});
