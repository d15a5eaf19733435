import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { TerraformProvider, Testing } from "cdktf";
import { expect } from "chai";
import { isBelowConstraint } from "../../scripts/terraform/provider.ts";
import { environments } from "../../stacks/environments/index.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { providerVersions } from "../../stacks/providers.ts";
import { ConstructStack } from "../support/construct-stack.ts";
import { expectCode } from "../support/errors.ts";
import { type Attributes, type StackJson, type Stacks, synthesize } from "../support/synthesize.ts";
import { setVariables } from "../support/variables.ts";
import { type Break, changeFirst, first, getStackEnvironment, type Resource, resources } from "./rules/resources.ts";
import { type Rule, testRule, wholeApp } from "./rules/rule.ts";

/** A rule that each stack follows. */
const stackRule = (name: string, passes: (stack: StackJson, stackName: string) => boolean): Rule => ({
  name,
  check: (stacks) =>
    Object.entries(stacks).flatMap(([stackName, stack]) => (passes(stack, stackName) ? [] : [stackName])),
});

/** Backups are replicated to another region, and CloudFront uses certificates and web ACLs of us-east-1. */
function toRegion(alias: string | undefined, { region, backup, cdn }: Environment): string | undefined {
  if (alias === undefined || alias === "untagged") return region;
  return [backup.copyRegion, cdn && "us-east-1"].find((other) => other === alias);
}

const boundProviders = stackRule(
  "every AWS provider is bound to the environment's account, and to its region, that of its backup replica, or us-east-1 for CloudFront, and only Atlas's is next to it",
  (stack) => {
    const environment = getStackEnvironment(stack);
    const { aws = [], mongodbatlas: _, ...others } = stack.provider;
    return (
      Object.keys(others).length === 0 &&
      aws.every(
        ({ region, alias, allowed_account_ids: accounts }) =>
          region === toRegion(alias, environment) && JSON.stringify(accounts) === `["${environment.accountId}"]`,
      )
    );
  },
);

const tags = ["environment", "stack", "owner", "cost-centre", "managed-by"];

/** CloudFormation adds its stack's tags to the function, which CloudFront then refuses to create. */
const createsCloudFrontFunctionOnly = ({ type, attributes }: Resource): boolean =>
  type === "aws_cloudformation_stack" &&
  Object.values<Attributes>(JSON.parse(attributes.template_body).Resources).every(
    ({ Type }) => Type === "AWS::CloudFront::Function",
  );

const require = createRequire(import.meta.url);

/** Whether a type supports tags in the bindings of Atlas's provider. */
const supportsTags = (type: string): boolean => {
  const path = `@cdktf/provider-mongodbatlas/lib/${type.split("_").slice(1).join("-")}/index.d.ts`;
  const config = readFileSync(require.resolve(path), "utf8").split(/^export interface /m)[1]!;
  return / readonly tags\?:/.test(config);
};

/** Atlas's provider has no default tags, and takes them as a map or as a list. */
const toTags = ({ tags: own }: Attributes): Attributes =>
  Array.isArray(own) ? Object.fromEntries(own.map(({ key, value }) => [key, value])) : (own ?? {});

/** The problems of a resource's tags. */
function checkTags(resource: Resource): string[] {
  const { type, stack, attributes } = resource;
  const isUntagged = attributes.provider === "aws.untagged";
  if (isUntagged !== createsCloudFrontFunctionOnly(resource)) {
    return ["has no tags, or tags that CloudFront refuses"];
  }
  if (type.startsWith("aws_")) {
    return tags.filter((tag) => attributes.tags?.[tag] !== undefined).map((tag) => `sets the tag ${tag} itself`);
  }
  const expected = stack.provider.aws![0]!.default_tags[0].tags;
  return type.startsWith("mongodbatlas_") && supportsTags(type)
    ? tags.filter((tag) => toTags(attributes)[tag] !== expected[tag]).map((tag) => `has no tag ${tag}`)
    : [];
}

const taggedResources: Rule = {
  name: `all resources that support tags have ${tags.join(", ")}: in AWS by the default of the provider, except a CloudFront function and its stack, in Atlas one by one`,
  check: (stacks) => [
    ...Object.entries(stacks).flatMap(([name, { provider }]) =>
      (provider.aws ?? [])
        .filter(({ alias }) => alias !== "untagged")
        .flatMap(({ default_tags: defaults }) => tags.filter((tag) => !defaults?.[0]?.tags?.[tag]))
        .map((tag) => `${name}: a provider does not set the tag ${tag}`),
    ),
    ...resources(stacks).flatMap((resource) => checkTags(resource).map((problem) => `${resource.address}: ${problem}`)),
  ],
};

/** Changes one stack. */
const changeStack =
  (change: (stack: StackJson) => unknown, name = "ecobeat-staging-service"): Break =>
  (stacks: Stacks) =>
    change(stacks[name]!);

describe("workspaces of the stacks", () => {
  testRule(
    stackRule(
      "every stack keeps its state in HCP Terraform, in a workspace of its own name and its environment's project",
      (stack, name) =>
        stack.terraform.backend === undefined &&
        stack.terraform.cloud?.organization === "ecobeat" &&
        stack.terraform.cloud.workspaces.name === name &&
        stack.terraform.cloud.workspaces.project === `ecobeat-${getStackEnvironment(stack).name}`,
    ),
    {
      "a stack without a workspace": changeStack(({ terraform }) => delete terraform.cloud),
      "a stack in the workspace of another": changeStack(({ terraform }) => {
        terraform.cloud.workspaces.name = "ecobeat-production-service";
      }),
      "a stack in the project of another environment": changeStack(({ terraform }) => {
        terraform.cloud.workspaces.project = "ecobeat-production";
      }),
      "a stack with local state": changeStack(({ terraform }) => {
        terraform.backend = { local: {} };
      }),
    },
  );

  testRule(boundProviders, {
    "a provider of any account": changeStack(({ provider }) => delete provider.aws![0]!.allowed_account_ids),
    "a replica in a region that the environment does not name": changeStack(({ provider }) => {
      provider.aws![1]!.region = "us-east-1";
    }, "ecobeat-production-foundation"),
    "a second provider of any account": changeStack(({ provider }) =>
      provider.aws!.push({ alias: "other", region: "us-east-1" }),
    ),
    "a provider without tags of any account": changeStack(
      ({ provider }) => delete provider.aws!.at(-1)!.allowed_account_ids,
      "ecobeat-production-edge",
    ),
    "a provider of another kind": changeStack(({ provider }) => {
      provider.google = [{}];
    }),
  });

  testRule(taggedResources, {
    "a provider without tags": changeStack(({ provider }) => provider.aws!.push({ alias: "other" })),
    "a resource with another cost centre": changeFirst("aws_s3_bucket", { tags: { "cost-centre": "another" } }),
    "a bucket without tags": changeFirst("aws_s3_bucket", { provider: "aws.untagged" }),
    "tags that CloudFront refuses": changeStack(({ resource }) => {
      for (const stack of Object.values(resource.aws_cloudformation_stack!)) delete stack.provider;
    }, "ecobeat-production-edge"),
    "a project of Atlas without tags": changeFirst("mongodbatlas_project", { tags: undefined }),
    "a Flex cluster without tags": changeFirst("mongodbatlas_flex_cluster", { tags: undefined }),
    "a cluster of another owner": (stacks) => {
      const own = first(stacks, "mongodbatlas_advanced_cluster").tags as { key: string; value: string }[];
      own.find(({ key }) => key === "owner")!.value = "another";
    },
    "a missing tag": changeStack(({ provider }) => delete provider.aws![0]!.default_tags[0].tags.owner),
  });

  testRule(
    stackRule(
      "no stack reads from AWS before it plans: its only data are the states of other stacks, and Atlas's",
      ({ data = {} }) =>
        Object.keys(data).every((type) => type === "terraform_remote_state" || type.startsWith("mongodbatlas_")),
    ),
    {
      "a read from AWS": changeStack(({ data }) => {
        data!.aws_caller_identity = { me: {} };
      }),
    },
  );

  testRule(
    stackRule("no stack names another environment", (stack) => {
      const own = getStackEnvironment(stack).name;
      const text = JSON.stringify(stack);
      return Object.keys(environments).every((name) => name === own || !text.includes(`ecobeat-${name}`));
    }),
    {
      "a reference to the other environment": changeStack(({ data }) => {
        const [read] = Object.values(data!.terraform_remote_state!);
        read!.config.workspaces.name = "ecobeat-production-foundation";
      }),
    },
  );

  testRule(
    stackRule(
      "every stack requires one minor version of Terraform, and one exact version of each provider",
      (stack) => {
        const { required_providers: required, required_version: version } = stack.terraform;
        return (
          version === "~> 1.11" &&
          Object.keys(stack.provider).every(
            (name) => name in providerVersions && required[name]?.version === providerVersions[name],
          )
        );
      },
    ),
    {
      "a range of versions": changeStack(({ terraform }) => {
        terraform.required_providers.aws.version = `~> ${providerVersions.aws}`;
      }),
      "another version of Atlas's provider": changeStack(({ terraform }) => {
        terraform.required_providers.mongodbatlas.version = "2.0.0";
      }, "ecobeat-staging-database"),
      "another version of HCP Terraform's provider": changeStack(({ terraform }) => {
        terraform.required_providers.tfe.version = "0.80.0";
      }, "ecobeat-hcp-terraform"),
      "a provider without a version": changeStack(({ provider }) => {
        provider.google = [{}];
      }),
    },
    wholeApp,
  );
});

describe("the backend of the stacks", () => {
  let restore: () => void;
  afterEach(() => restore());

  const synthesizeWith = (backend: string): Stacks => {
    restore = setVariables({ ECOBEAT_BACKEND: backend });
    return synthesize([staging]);
  };

  it("is a file next to each stack for the infrastructure test, found by the stacks that read it", () => {
    const stacks = synthesizeWith("local");
    const path = "../ecobeat-staging-foundation/terraform.tfstate";
    expect(stacks["ecobeat-staging-foundation"]!.terraform.backend).to.deep.equal({ local: { path } });
    const [read] = Object.values(stacks["ecobeat-staging-service"]!.data!.terraform_remote_state!);
    expect(read).to.deep.include({ backend: "local" });
    expect(read!.config.path).to.equal(path);
    expect(JSON.stringify(stacks)).to.not.include(process.cwd());
  });

  it("is never an unknown one", () => expectCode("backend-unknown", () => synthesizeWith("s3")));
});

describe("versions of providers", () => {
  const { aws, ...others } = providerVersions;

  it("are exact, and those of the bindings, except for a later one of AWS's", () => {
    const getVersion = (name: string) =>
      require(`@cdktf/provider-${name}/package.json`).cdktf.provider.version as string;
    for (const [name, version] of Object.entries(others)) expect(version, name).to.equal(getVersion(name));
    expect(aws).to.match(/^\d+\.\d+\.\d+$/);
    expect(aws!.split(".")[0]).to.equal(getVersion("aws").split(".")[0]);
    // The first that waits until API Gateway has applied a TLS policy.
    expect(isBelowConstraint(aws!, "6.66.0")).to.equal(false);
  });

  it("are those of the documentation that pages and comments cite", () => {
    const root = join(import.meta.dirname, "../..");
    const files = ["docs", "runbooks", "scripts", "stacks"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
    );
    const cited = files
      .filter((file) => /\.(md|ts)$/.test(file))
      .flatMap((file) =>
        [
          ...readFileSync(join(root, file), "utf8").matchAll(
            /registry\.terraform\.io\/providers\/\w+\/(\w+)\/([\d.]+)/g,
          ),
        ].map(([, name, version]) => [file, name, version]),
      );
    expect(cited).to.not.be.empty;
    expect(cited).to.deep.equal(cited.map(([file, name]) => [file, name, providerVersions[name!]]));
  });

  it("are missing for no provider", async () => {
    class OtherProvider extends TerraformProvider {}
    const stack = new ConstructStack();
    new OtherProvider(stack, "other", { terraformResourceType: "google" });
    await expectCode("provider-version-missing", () => Testing.synth(stack));
  });
});
