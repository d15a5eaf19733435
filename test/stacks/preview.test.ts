import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { previewActions } from "../../stacks/deploy-permissions/preview-actions.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { PreviewStack } from "../../stacks/preview.ts";
import { type PreviewRequest, readPreviewRequest, toPreviewVariables } from "../../stacks/preview-request.ts";
import { expectCode } from "../support/errors.ts";
import { type Attributes, createApp, type StackJson, type Stacks } from "../support/synthesize.ts";
import { useSuiteFolder, useTemporaryFolder } from "../support/temporary-folder.ts";
import { resources } from "./rules/resources.ts";

// The longest number, for the lengths of names.
const request: PreviewRequest = { pullRequest: 9_999_999, expiresAt: "2026-12-06T09:00:00Z" };
const name = "ecobeat-pr-9999999";

/** Synthesizes all stacks, with a preview if one is requested. */
function synthesizeWith(folder: string, preview?: PreviewRequest): Stacks {
  const app = createApp(folder, [staging, production]);
  if (preview) PreviewStack.add(app, preview, { path: join(folder, "function.zip"), sha256: "Zm9yIHRoZSB0ZXN0cw==" });
  app.synth();
  const { stacks } = JSON.parse(readFileSync(join(app.outdir, "manifest.json"), "utf8"));
  return Object.fromEntries(
    Object.entries<{ synthesizedStackPath: string }>(stacks).map(([stack, { synthesizedStackPath }]) => [
      stack,
      JSON.parse(readFileSync(join(app.outdir, synthesizedStackPath), "utf8")),
    ]),
  );
}

describe("The stack of a preview", () => {
  const folder = useSuiteFolder();
  const otherFolder = useSuiteFolder();
  let stacks: Stacks;
  let stack: StackJson;
  before(() => {
    stacks = synthesizeWith(folder(), request);
    stack = stacks[`${name}-service`]!;
  });

  const list = (type: string): Attributes[] => Object.values(stack.resource[type] ?? {});
  const getFunctions = () => list("aws_lambda_function");

  it("is the only change of a synthesis that is asked for it, so that it can be deployed alone", () => {
    const { [`${name}-service`]: preview, ...others } = stacks;
    expect(preview).not.to.equal(undefined);
    expect(others).to.deep.equal(synthesizeWith(otherFolder()));
  });

  it("has the resource types that the role of previews may manage, and no others of AWS: no backup, deploy role or WAF", () => {
    const types = Object.keys(stack.resource).filter((type) => type.startsWith("aws_"));
    expect(types).to.have.members(Object.keys(previewActions));
    expect(list("aws_iam_role").map(({ name: role }) => role)).to.have.members(
      ["auth", "api", "migrate"].map((id) => `${name}-${id}-eu-west-1`),
    );
  });

  it("protects nothing", () => {
    for (const { address, attributes } of resources({ [name]: stack }))
      expect(attributes.lifecycle?.prevent_destroy, address).to.equal(undefined);
  });

  it("names the pull request and the expiry in the tags of all resources", () => {
    const [{ default_tags: tags, allowed_account_ids: accounts }] = stack.provider.aws as [Attributes];
    expect(accounts).to.deep.equal([staging.accountId]);
    expect(tags[0].tags).to.include({
      environment: "preview",
      "pull-request": "9999999",
      expires: "2026-12-06T09:00:00Z",
      "cost-centre": name,
    });
  });

  it("has functions with a database of its own, and no alarm, in the network of its environment", () => {
    const foundation = "${data.terraform_remote_state.cross-stack-reference-input-ecobeat-staging-foundation.outputs.";
    expect(getFunctions().map(({ function_name: id }) => id)).to.have.members(
      ["auth", "api", "migrate"].map((id) => `${name}-${id}`),
    );
    for (const { environment, vpc_config: network } of getFunctions()) {
      expect(environment.variables).to.include({
        DATABASE_NAME: name,
        CACHE_NAME: "ecobeat-staging",
        ECOBEAT_ENVIRONMENT: "preview",
        MAIL_QUEUE_URL: `https://sqs.eu-west-1.amazonaws.com/${staging.accountId}/ecobeat-staging-mails`,
      });
      for (const id of [...network.subnet_ids, ...network.security_group_ids])
        expect(id.startsWith(foundation), id).to.equal(true);
    }
  });

  it("limits the concurrency of its functions to what its environment allots", () => {
    const reserved = getFunctions().map(({ function_name: id, reserved_concurrent_executions: limit }) => [id, limit]);
    expect(Object.fromEntries(reserved)).to.deep.equal({
      [`${name}-auth`]: 2,
      [`${name}-api`]: 5,
      [`${name}-migrate`]: 1,
    });
  });

  it("serves each deployment at once: there are no releases that would move the alias or replace the archive", () => {
    for (const { lifecycle } of [...getFunctions(), ...list("aws_lambda_alias")]) expect(lifecycle).to.equal(undefined);
  });

  it("has an API under its execute-api name, with a key of its own, and no domain", () => {
    const [api] = list("aws_api_gateway_rest_api");
    expect(api).to.include({ name: `${name}-api`, disable_execute_api_endpoint: false });
    const [id] = Object.keys(stack.resource.aws_api_gateway_rest_api!);
    const url = `https://\${aws_api_gateway_rest_api.${id}.id}.execute-api.eu-west-1.amazonaws.com/live`;
    expect(stack.output!.url!.value).to.equal(url);
    // The issuer and the audience of its tokens, which no other API accepts.
    for (const { environment } of getFunctions()) expect(environment.variables.API_URL).to.equal(url);
    expect(list("aws_api_gateway_api_key").map((key) => key.name)).to.deep.equal([`${name}-app`]);
    expect(list("aws_api_gateway_usage_plan").map((plan) => plan.api_stages.length)).to.deep.equal([1]);
  });

  it("keeps logs for a week", () => {
    for (const { retention_in_days: days } of list("aws_cloudwatch_log_group")) expect(days).to.equal(7);
  });

  it("gives its roles access to its own database alone, in its environment's cluster", () => {
    expect(
      list("mongodbatlas_database_user").map(({ username, roles, scopes }) => [username, roles, scopes]),
    ).to.have.deep.members(
      ["auth", "api", "migrate"].map((id) => [
        `arn:aws:iam::${staging.accountId}:role/${name}-${id}-eu-west-1`,
        [{ database_name: name, role_name: "readWrite" }],
        [{ name: "ecobeat-staging", type: "CLUSTER" }],
      ]),
    );
    expect(stack.data!.mongodbatlas_project).to.deep.include.keys("project");
  });

  it("lets auth alone sign, with the key of previews, and all read the parameters of previews alone", () => {
    for (const { role, policy } of list("aws_iam_role_policy")) {
      const statements: Attributes[] = JSON.parse(policy).Statement;
      const find = (action: string) => statements.filter(({ Action }) => Action.includes(action));
      const isAuth = role.includes("aws_iam_role.auth_");
      expect(find("kms:Sign").map(({ Condition }) => Condition.StringEquals["aws:ResourceTag/use"])).to.deep.equal(
        isAuth ? ["preview-jwt-signing"] : [],
      );
      for (const arn of find("ssm:GetParameters").flatMap(({ Resource }) => Resource))
        expect(arn).to.match(/:parameter\/ecobeat\/preview\/[a-z-]+$/);
      for (const arn of find("elasticache:Connect").flatMap(({ Resource }) => Resource))
        if (arn.includes(":user:")) expect(arn).to.match(/:user:ecobeat-staging-preview$/);
    }
  });

  it("reaches its parameters and the key of previews through the endpoints of its environment, as its functions have no other way", () => {
    const endpoints = resources(stacks, "aws_vpc_endpoint").filter(({ stackName }) =>
      stackName.startsWith("ecobeat-staging-"),
    );
    const getAllowed = (service: string) => {
      const endpoint = endpoints.find(({ attributes }) => attributes.service_name.endsWith(`.${service}`));
      return JSON.parse(endpoint!.attributes.policy).Statement as Attributes[];
    };
    for (const { policy } of list("aws_iam_role_policy")) {
      const statements: Attributes[] = JSON.parse(policy).Statement;
      for (const { Action, Resource } of statements) {
        const [service] = Action[0].split(":");
        if (!["ssm", "kms", "sqs"].includes(service) || Action.includes("kms:Decrypt")) continue;
        const allowed = getAllowed(service).filter((each) =>
          Action.every((action: string) => each.Action.includes(action)),
        );
        const patterns: string[] = allowed.flatMap((each) => each.Resource);
        for (const arn of Resource)
          expect(
            patterns.some((pattern) => arn.startsWith(pattern.replace(/\*$/, ""))),
            arn,
          ).to.equal(true);
      }
    }
  });

  it("keeps its roles within the boundary of previews, which allows what they are allowed", () => {
    const [boundary] = resources(stacks, "aws_iam_policy").filter(
      ({ attributes }) => attributes.name === "ecobeat-staging-preview-boundary-eu-west-1",
    );
    for (const { permissions_boundary: arn } of list("aws_iam_role"))
      expect(arn).to.equal(`arn:aws:iam::${staging.accountId}:policy/deploy/${boundary!.attributes.name}`);
    const getActions = (policy: string): string[] =>
      JSON.parse(policy)
        .Statement.filter(({ Effect }: Attributes) => Effect === "Allow")
        .flatMap(({ Action }: Attributes) => Action);
    const granted = list("aws_iam_role_policy").flatMap(({ policy }) => getActions(policy));
    expect(new Set(getActions(boundary!.attributes.policy))).to.deep.equal(new Set(granted));
    const { Statement }: { Statement: Attributes[] } = JSON.parse(boundary!.attributes.policy);
    const getLimits = (action: string) =>
      Statement.filter(({ Effect, Action }) => Effect === "Allow" && Action.includes(action)).flatMap(
        ({ Resource }) => Resource,
      );
    const { accountId } = staging;
    expect(getLimits("ssm:GetParameters")).to.deep.equal([`arn:aws:ssm:*:${accountId}:parameter/ecobeat/preview/*`]);
    expect(getLimits("elasticache:Connect")).to.deep.equal([
      `arn:aws:elasticache:*:${accountId}:replicationgroup:ecobeat-staging`,
      `arn:aws:elasticache:*:${accountId}:user:ecobeat-staging-preview`,
    ]);
    expect(getLimits("sqs:SendMessage")).to.deep.equal([`arn:aws:sqs:eu-west-1:${accountId}:ecobeat-staging-mails`]);
    expect(getLimits("logs:PutLogEvents")).to.deep.equal([
      `arn:aws:logs:*:${accountId}:log-group:/aws/lambda/ecobeat-pr-*`,
    ]);
  });

  it("has names that AWS accepts", () => {
    for (const { name: role } of list("aws_iam_role")) expect(role.length).to.be.at.most(64);
    for (const { function_name: id } of getFunctions()) expect(id.length).to.be.at.most(64);
  });

  it("has a workspace of its name in the project of previews", () => {
    expect(stack.terraform.cloud).to.deep.equal({
      organization: "ecobeat",
      workspaces: { name: `${name}-service`, project: "ecobeat-preview" },
    });
  });
});

describe("The request for a preview", () => {
  const folder = useTemporaryFolder();

  it("comes from variables, and a synthesis without them has none", () => {
    expect(readPreviewRequest(toPreviewVariables(request))).to.deep.equal(request);
    expect(readPreviewRequest({})).to.equal(undefined);
    expect(readPreviewRequest({ ECOBEAT_PREVIEW: "", ECOBEAT_PREVIEW_EXPIRES: "" })).to.equal(undefined);
  });

  for (const [number, expiresAt] of [
    ["42", ""],
    ["", "2026-12-06T09:00:00Z"],
    ["0", "2026-12-06T09:00:00Z"],
    ["4 2", "2026-12-06T09:00:00Z"],
    ["-1", "2026-12-06T09:00:00Z"],
    ["42", "tomorrow"],
    ["42", "2026-13-06T09:00:00Z"],
    ["42", "2026-12-06T09:00:00+01:00"],
  ] as const) {
    it(`is refused for "${number}" and "${expiresAt}"`, async () => {
      const variables = { ECOBEAT_PREVIEW: number, ECOBEAT_PREVIEW_EXPIRES: expiresAt };
      const { message } = await expectCode("preview-request-invalid", () => readPreviewRequest(variables));
      expect(message).to.contain(`"${number}"`).and.contain(`"${expiresAt}"`);
    });
  }

  it("is refused where no environment has previews", async () => {
    const app = createApp(folder(), [production]);
    const archive = { path: join(folder(), "function.zip"), sha256: "Zm9yIHRoZSB0ZXN0cw==" };
    await expectCode("preview-without-host", () => PreviewStack.add(app, request, archive));
  });
});
