import { expect } from "chai";
import { ignoredChanges, releasedFunctionIds } from "../../../scripts/plan-review/drift.ts";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { releasedFunctions } from "../../../scripts/release/functions.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { changed, type PlannedChange, policy, toPlanJson } from "./plans.ts";

const drifted = (...drift: PlannedChange[]) => readPlan("staging", toPlanJson([], { drift }));

describe("the evaluation of drift", () => {
  it("applies the rules of plans, and says that the change was made outside of Terraform", () => {
    const more = policy({ Effect: "Allow", Action: "s3:*", Resource: "bucket" });
    const opened = changed("aws_x", { publicly_accessible: [false, true] });
    expect(evaluate([drifted(changed("aws_iam_role_policy", { policy: [policy(), more] }))])).to.have.lengthOf(1);
    expect(evaluate([drifted(opened)])[0]?.text).to.equal(
      "outside of Terraform, `publicly_accessible` becomes `true`: the internet can reach it",
    );
  });

  for (const [type, severity] of [
    ["aws_s3_bucket", "critical"],
    ["aws_x", "warning"],
    ["aws_cloudwatch_dashboard", "info"],
  ] as const) {
    it(`says that a resource was deleted: ${type}`, () => {
      const [finding] = evaluate([drifted(changed(type, "destroy"))]);
      expect(finding?.severity).to.equal(severity);
      expect(finding?.text).to.match(/^was deleted outside of Terraform, and the next apply creates it again: /);
    });
  }

  it("ignores what a first refresh writes in place of nothing, and reports other changes of the same resource", () => {
    const refreshed = {
      tags: [null, {}],
      dimensions: [{}, null],
      period: [null, 0],
      is_public: [null, false],
      name: ["", null],
    } as const;
    expect(drifted(changed("aws_x", refreshed)).drift).to.deep.equal([]);
    const [more] = drifted(changed("aws_x", { ...refreshed, retries: [1, 0], public: [null, true] })).drift;
    expect(more?.differences.map(({ path }) => path)).to.deep.equal(["retries", "public"]);
  });

  it("ignores what releases and scaling change, and reports other changes of the same resource", () => {
    const concurrency = "provisioned_concurrent_executions";
    const expected = drifted(
      changed("aws_lambda_alias", { function_version: ["7", "8"] }),
      changed("aws_lambda_provisioned_concurrency_config", { [concurrency]: [2, 1] }),
    );
    expect(expected.drift).to.deep.equal([]);
    const renamed = drifted(changed("aws_lambda_alias", { name: ["live", "dead"] }));
    expect(evaluate([renamed])[0]?.subject).to.equal("Drift");
  });

  const code: Readonly<Record<string, readonly [before: unknown, after: unknown]>> = {
    ...{ version: ["1", "2"], qualified_arn: ["f:1", "f:2"], qualified_invoke_arn: ["f:1", "f:2"] },
    ...{ last_modified: ["a", "b"], source_code_size: [1, 2], source_code_hash: ["a", "b"], code_sha256: ["a", "b"] },
  };
  const findReleased = (id: string, more: object = {}, codes = ["b", "b"]) => {
    const name = `ecobeat-staging-${id}`;
    const resources = ["api", "auth"].flatMap((id, index) => {
      const function_name = `ecobeat-staging-${id}`;
      const values = { function_name, code_sha256: codes[index] };
      return [
        { type: "aws_lambda_function", values },
        { type: "aws_lambda_alias", values: { function_name, name: "live" } },
      ];
    });
    const drift = [changed("aws_lambda_function", { function_name: [name, name], ...code, ...more })];
    return readPlan("one", toPlanJson([], { drift, prior_state: { values: { root_module: { resources } } } }));
  };

  it("ignores the code of a release, and only of the functions that it updates", () => {
    for (const id of releasedFunctionIds) expect(findReleased(id).drift).to.deep.equal([]);
    const [dump] = findReleased("dump").drift;
    expect(dump?.differences.map(({ path }) => path)).to.have.members(Object.keys(code));
    for (const id of ["api", "auth"]) expect(findReleased(id, {}, ["b", "c"]).drift).to.have.lengthOf(1);
    expect(findReleased("migrate", {}, ["b", "c"]).drift).to.deep.equal([]);
  });

  it("ignores the architecture that migrate gets with its archive, and reports that of other functions", () => {
    const architectures = { architectures: [["arm64"], ["x86_64"]] };
    expect(findReleased("migrate", architectures).drift).to.deep.equal([]);
    for (const id of ["api", "pre-traffic"]) {
      const paths = findReleased(id, architectures).drift.flatMap(({ differences }) =>
        differences.map(({ path }) => path),
      );
      expect(paths.map((path) => path.split(".")[0])).to.include("architectures");
    }
  });

  it("reports the environment variables of a released function, without their values", () => {
    const variables = (value: string) => [{ variables: { LOG_LEVEL: value } }];
    const plan = findReleased("auth", { environment: [variables("info"), variables("debug")] });
    expect(plan.drift[0]?.differences.map(({ path }) => path)).to.deep.equal(["environment.0.variables.LOG_LEVEL"]);
    const [finding] = evaluate([plan]);
    expect(finding?.text).to.include("`environment.0.variables.LOG_LEVEL`").and.not.include("debug");
  });

  it("ignores the same attributes as the stacks", () => {
    for (const [type, attributes] of Object.entries(ignoredChanges)) {
      const ignored = resources(allStacks(), type).map((resource) => resource.attributes.lifecycle?.ignore_changes);
      expect(ignored).to.not.be.empty;
      for (const each of ignored) expect(each).to.have.members([...attributes]);
    }
  });

  it("knows the functions whose code releases update", () => {
    const functions = resources(allStacks(), "aws_lambda_function").map(({ attributes }) => attributes);
    const names = functions.map(({ function_name }) => function_name.replace(/^ecobeat-[a-z0-9]+-/, ""));
    expect(names).to.include.members([...releasedFunctionIds]);
    expect(releasedFunctionIds).to.include.members([...releasedFunctions]);
    const movedByReleases = functions.filter(
      ({ publish, lifecycle }) => publish || lifecycle?.ignore_changes?.includes("source_code_hash"),
    );
    expect(movedByReleases).to.not.be.empty;
    for (const { function_name } of movedByReleases) {
      expect(releasedFunctionIds).to.include(function_name.replace(/^ecobeat-[a-z0-9]+-/, ""));
    }
  });
});

describe("drift of what several resources manage", () => {
  const read = {
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:GetObjectVersion"],
    Resource: ["arn:aws:s3:::backups/*"],
  };
  const write = { ...read, Action: ["s3:PutObject"] };
  /** As AWS may return it. */
  const returned = JSON.stringify({
    Statement: [{ Resource: read.Resource[0], Action: [...read.Action].reverse(), Effect: "Allow" }],
    Version: "2012-10-17",
  });
  const rule = { security_group_id: "sg-1", ip_protocol: "tcp", from_port: 443, to_port: 443, cidr_ipv4: null };
  const merged = { protocol: "tcp", from_port: 443, to_port: 443, self: false, description: "", cidr_blocks: [] };
  const state = [
    ["aws_iam_role_policy", { role: "api", name: "read", policy: policy(read) }],
    ["aws_iam_role_policy_attachment", { role: "api", policy_arn: "arn:policy" }],
    ["aws_vpc_security_group_ingress_rule", { ...rule, referenced_security_group_id: "sg-2" }],
    ["aws_vpc_security_group_ingress_rule", { ...rule, prefix_list_id: "pl-1" }],
    ["aws_s3_bucket_versioning", { bucket: "backups", versioning_configuration: [{ status: "Enabled" }] }],
    ["aws_sns_topic_policy", { arn: "arn:topic", policy: policy(read) }],
    ["aws_s3_bucket_policy", { bucket: "backups", policy: policy(read) }],
    ["aws_sqs_queue_policy", { queue_url: "queue", policy: policy(read) }],
    ["aws_route", { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0", nat_gateway_id: "nat-1" }],
    ["aws_vpc_security_group_egress_rule", { ...rule, cidr_ipv4: "10.0.0.0/8" }],
    [
      "aws_s3_bucket_lifecycle_configuration",
      { bucket: "backups", rule: [{ id: "old", status: "Enabled", expiration: [{ days: 90 }] }] },
    ],
    [
      "aws_s3_bucket_replication_configuration",
      {
        ...{ bucket: "backups", role: "arn:role" },
        rule: [
          {
            ...{ id: "copies", status: "Enabled", priority: 1, delete_marker_replication: [{ status: "Disabled" }] },
            destination: [{ bucket: "arn:copies", encryption_configuration: [{ replica_kms_key_id: "arn:key" }] }],
            source_selection_criteria: [{ sse_kms_encrypted_objects: [{ status: "Enabled" }] }],
          },
        ],
      },
    ],
    ["aws_wafv2_web_acl_association", { resource_arn: "arn:stage", web_acl_arn: "arn:acl" }],
    ["aws_nat_gateway", { allocation_id: "eip-1", private_ip: "10.0.0.1" }],
    ["mongodbatlas_privatelink_endpoint_service", { private_link_id: "l", endpoint_service_id: "vpce-1" }],
  ].map(([type, values]) => ({ type, values }));
  const prior_state = { values: { root_module: { resources: state } } };
  const role = (...policies: object[]) => ({
    id: ["api", "api"] as const,
    inline_policy: [[], [{ name: "read", policy: returned }, ...policies]] as const,
  });
  const group = (more: object) => ({
    id: ["sg-1", "sg-1"] as const,
    ingress: [[], [{ ...merged, security_groups: ["sg-2"], prefix_list_ids: ["pl-1"], ...more }]] as const,
  });
  // As `aws_s3_bucket` shows them, which differs from the resources that manage them.
  const expiry = (days: number) => ({ id: "old", enabled: true, prefix: "", expiration: [{ days, date: "" }] });
  const copies = (bucket: string) => [
    {
      role: "arn:role",
      rules: [
        {
          ...{ id: "copies", status: "Enabled", priority: 1, delete_marker_replication_status: "Disabled" },
          destination: [{ bucket, replica_kms_key_id: "arn:key", storage_class: "" }],
          source_selection_criteria: [{ sse_kms_encrypted_objects: [{ enabled: true }] }],
        },
      ],
    },
  ];
  const find = (...[type, values]: Parameters<typeof changed>) =>
    readPlan("one", toPlanJson([], { drift: [changed(type, values)], prior_state })).drift;

  for (const [type, values] of [
    ["aws_iam_role", role()],
    ["aws_iam_role", { id: ["api", "api"], managed_policy_arns: [[], ["arn:policy"]] }],
    ["aws_iam_policy", { id: ["arn:policy", "arn:policy"], attachment_count: [0, 1] }],
    ["aws_security_group", group({})],
    ["aws_s3_bucket", { id: ["backups", "backups"], versioning: [[{ enabled: false }], [{ enabled: true }]] }],
    ["aws_sns_topic", { id: ["arn:topic", "arn:topic"], policy: ["{}", returned] }],
    ["aws_s3_bucket", { id: ["backups", "backups"], policy: ["", returned] }],
    ["aws_sqs_queue", { id: ["queue", "queue"], policy: ["", returned] }],
    [
      "aws_route_table",
      { id: ["rtb-1", "rtb-1"], route: [[], [{ cidr_block: "0.0.0.0/0", nat_gateway_id: "nat-1", gateway_id: "" }]] },
    ],
    ["aws_security_group", { id: ["sg-1", "sg-1"], egress: [[], [{ ...merged, cidr_blocks: ["10.0.0.0/8"] }]] }],
    ["aws_s3_bucket", { id: ["backups", "backups"], lifecycle_rule: [[], [expiry(90)]] }],
    ["aws_s3_bucket", { id: ["backups", "backups"], replication_configuration: [[], copies("arn:copies")] }],
    ["aws_api_gateway_stage", { id: ["s", "s"], arn: ["arn:stage", "arn:stage"], web_acl_arn: ["", "arn:acl"] }],
    [
      "aws_eip",
      { id: ["eip-1", "eip-1"], private_ip: ["", "10.0.0.1"], private_dns: ["", "ip-10-0-0-1.ec2.internal"] },
    ],
    ["aws_vpc_endpoint", { id: ["vpce-1", "vpce-1"], state: ["pendingAcceptance", "available"] }],
    [
      "mongodbatlas_privatelink_endpoint",
      { private_link_id: ["l", "l"], status: ["WAITING_FOR_USER", "AVAILABLE"], interface_endpoints: [[], ["vpce-1"]] },
    ],
    ["aws_acm_certificate", { status: ["PENDING_VALIDATION", "ISSUED"], not_after: ["", "2027-01-01"] }],
  ] as const) {
    it(`is expected of ${type}: ${Object.keys(values).at(-1)}`, () => expect(find(type, values)).to.deep.equal([]));
  }

  for (const [what, type, values] of [
    ["an inline policy that no resource manages", "aws_iam_role", role({ name: "more", policy: policy(write) })],
    ["another inline policy of the same name", "aws_iam_role", role({ name: "read", policy: policy(write) })],
    ["a policy of another role", "aws_iam_role", { ...role(), id: ["auth", "auth"] }],
    [
      "another attachment",
      "aws_iam_role",
      { id: ["api", "api"], managed_policy_arns: [[], ["arn:policy", "arn:other"]] },
    ],
    ["an attachment to another role", "aws_iam_policy", { id: ["arn:policy", "arn:policy"], attachment_count: [1, 2] }],
    ["another address", "aws_security_group", group({ cidr_blocks: ["0.0.0.0/0"] })],
    ["a rule in the other direction", "aws_security_group", { id: ["sg-1", "sg-1"], egress: group({}).ingress }],
    [
      "the loss of a rule that no resource manages",
      "aws_security_group",
      { id: ["sg-9", "sg-9"], egress: [[merged], []] },
    ],
    ["another port", "aws_security_group", group({ to_port: 8443 })],
    [
      "another policy of a topic",
      "aws_sns_topic",
      { id: ["arn:topic", "arn:topic"], policy: [policy(read), policy(write)] },
    ],
    [
      "another web ACL",
      "aws_api_gateway_stage",
      { arn: ["arn:stage", "arn:stage"], web_acl_arn: ["arn:acl", "arn:more"] },
    ],
    ["another name of a gateway", "aws_eip", { id: ["eip-1", "eip-1"], private_dns: ["", "ip-10-0-0-9.ec2.internal"] }],
    ["another address of a gateway", "aws_eip", { id: ["eip-1", "eip-1"], private_ip: ["10.0.0.1", "10.0.0.9"] }],
    [
      "an endpoint that Atlas rejects",
      "aws_vpc_endpoint",
      { id: ["vpce-1", "vpce-1"], state: ["available", "rejected"] },
    ],
    [
      "another endpoint of Atlas",
      "mongodbatlas_privatelink_endpoint",
      { private_link_id: ["l", "l"], interface_endpoints: [["vpce-1"], ["vpce-1", "vpce-9"]] },
    ],
    [
      "a connection to Atlas that failed",
      "mongodbatlas_privatelink_endpoint",
      { private_link_id: ["l", "l"], status: ["AVAILABLE", "FAILED"] },
    ],
    ["another expiration", "aws_s3_bucket", { id: ["backups", "backups"], lifecycle_rule: [[], [expiry(1)]] }],
    [
      "another destination of copies",
      "aws_s3_bucket",
      { id: ["backups", "backups"], replication_configuration: [[], copies("arn:others")] },
    ],
    ["a certificate that expires", "aws_acm_certificate", { status: ["ISSUED", "EXPIRED"] }],
  ] as const) {
    it(`is reported: ${what}`, () => expect(find(type, values)).to.have.lengthOf(1));
  }

  it("is no finding next to another change of the resource", () => {
    const found = readPlan(
      "one",
      toPlanJson([], { drift: [changed("aws_security_group", { ...group({}), tags: [{ a: "b" }, {}] })], prior_state }),
    );
    expect(found.drift[0]?.differences.map(({ path }) => path)).to.deep.equal(["tags.a"]);
    expect(evaluate([found]).map(({ subject }) => subject)).to.deep.equal(["Drift"]);
  });
});
