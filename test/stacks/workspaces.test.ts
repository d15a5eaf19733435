import { expect } from "chai";
import { environments } from "../../stacks/environments/index.ts";
import { synthesize } from "../support/synthesize.ts";
import { setVariables } from "../support/variables.ts";
import { changeFirst, first } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";
import {
  boundProviders,
  offlinePlans,
  ownWorkspaces,
  separateEnvironments,
  taggedResources,
} from "./rules/workspaces.ts";

/** Runs with `ECOBEAT_BACKEND` set, and puts back what was there. */
function withBackend<T>(backend: string, run: () => T): T {
  const putBack = setVariables({ ECOBEAT_BACKEND: backend });
  try {
    return run();
  } finally {
    putBack();
  }
}

describe("workspaces of the stacks", () => {
  testRule(ownWorkspaces, {
    "a stack without a workspace": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.terraform.cloud;
    },
    "a stack in the workspace of another": (stacks) => {
      stacks["ecobeat-staging-service"]!.terraform.cloud.workspaces.name = "ecobeat-production-service";
    },
    "a stack in the project of another environment": (stacks) => {
      stacks["ecobeat-staging-service"]!.terraform.cloud.workspaces.project = "ecobeat-production";
    },
    "a stack with state on this machine": (stacks) => {
      stacks["ecobeat-staging-service"]!.terraform.backend = { local: {} };
    },
  });

  testRule(boundProviders, {
    "a provider of any account": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.provider.aws![0]!.allowed_account_ids;
    },
    "copies in a region that the table does not name": (stacks) => {
      stacks["ecobeat-production-foundation"]!.provider.aws![1]!.region = "us-east-1";
    },
    "a second provider of any account": (stacks) => {
      stacks["ecobeat-staging-service"]!.provider.aws!.push({ alias: "other", region: "us-east-1" });
    },
    "a provider without tags of any account": (stacks) => {
      delete stacks["ecobeat-production-edge"]!.provider.aws!.at(-1)!.allowed_account_ids;
    },
    "a provider of another kind": (stacks) => {
      stacks["ecobeat-staging-service"]!.provider.google = [{}];
    },
  });

  testRule(taggedResources, {
    "a provider without tags": (stacks) => {
      stacks["ecobeat-staging-service"]!.provider.aws!.push({ alias: "other" });
    },
    "a resource with another cost centre": changeFirst("aws_s3_bucket", {
      tags: { "cost-centre": "another" },
    }),
    "a bucket without tags": changeFirst("aws_s3_bucket", { provider: "aws.untagged" }),
    "tags that CloudFront refuses": (stacks) => {
      for (const stack of Object.values(
        stacks["ecobeat-production-edge"]!.resource.aws_cloudformation_stack!,
      )) {
        delete stack.provider;
      }
    },
    "a project of Atlas without tags": changeFirst("mongodbatlas_project", { tags: undefined }),
    "a cluster of another owner": (stacks) => {
      const tags = first(stacks, "mongodbatlas_advanced_cluster").tags as { key: string; value: string }[];
      tags.find(({ key }) => key === "owner")!.value = "another";
    },
    "a missing tag": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.provider.aws![0]!.default_tags[0].tags.owner;
    },
  });

  testRule(offlinePlans, {
    "a question to AWS": (stacks) => {
      stacks["ecobeat-staging-service"]!.data!.aws_caller_identity = { me: {} };
    },
  });

  testRule(separateEnvironments, {
    "a reference to the other environment": (stacks) => {
      Object.values(
        stacks["ecobeat-staging-service"]!.data!.terraform_remote_state!,
      )[0]!.config.workspaces.name = "ecobeat-production-foundation";
    },
  });

  it("asks for a provider that knows the TLS 1.3 policy", () => {
    for (const { terraform } of Object.values(allStacks())) {
      expect(terraform.required_providers.aws.version).to.equal("~> 6.53");
      expect(terraform.required_version).to.equal("~> 1.11");
    }
  });

  it("keeps state in a file beside each stack for the infrastructure test, found by the stacks that read it", () => {
    const stacks = withBackend("local", () => synthesize([environments.staging]));
    const path = "../ecobeat-staging-foundation/terraform.tfstate";
    expect(stacks["ecobeat-staging-foundation"]!.terraform.backend).to.deep.equal({ local: { path } });
    const [read] = Object.values(stacks["ecobeat-staging-service"]!.data!.terraform_remote_state!);
    expect(read).to.deep.include({ backend: "local" });
    expect(read!.config.path).to.equal(path);
    expect(JSON.stringify(stacks)).to.not.include(process.cwd());
  });

  it("refuses a backend that it does not know", () => {
    expect(() => withBackend("s3", () => synthesize([environments.staging]))).to.throw(
      /ECOBEAT_BACKEND is "s3", which names no backend\..*set it to "cloud" or "local"/,
    );
  });
});
