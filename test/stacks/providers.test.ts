import type { Stacks } from "../support/synthesize.ts";
import { testRule, wholeApp } from "./rules/rule.ts";

/** What a resource or data source belongs to, by the begin of its type. The provider `terraform` is part of Terraform. */
const listProviders = ({ resource, data = {} }: Stacks[string]): Set<string> => {
  const types = [...Object.keys(resource), ...Object.keys(data)];
  return new Set(types.map((type) => type.split("_")[0]!).filter((name) => name !== "terraform"));
};

describe("the providers of a stack", () => {
  // CDKTF checks it too, but not without asking Terraform for its version.
  testRule(
    {
      name: "a stack configures the provider of each of its resources, and requires its version",
      check: (stacks) =>
        Object.entries(stacks).flatMap(([stack, json]) =>
          [...listProviders(json)]
            .filter((name) => !json.provider[name] || !json.terraform.required_providers[name]?.version)
            .map((name) => `${stack}: ${name}`),
        ),
    },
    {
      "a stack without its provider": (stacks) => {
        delete stacks["ecobeat-production-archive"]!.provider.mongodbatlas;
      },
      "a provider of any version": (stacks) => {
        delete stacks["ecobeat-hcp-terraform"]!.terraform.required_providers.tfe.version;
      },
    },
    wholeApp,
  );
});
