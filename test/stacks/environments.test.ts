import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { environments } from "../../stacks/environments/index.ts";
import { synthesize } from "../support/synthesize.ts";
import { environmentInNames, onlyValuesDiffer } from "./rules/environments.ts";
import { add, changeFirst } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

const { staging, production } = environments;

testRule(onlyValuesDiffer, {
  "a stack that asks for the environment's name": changeFirst("aws_api_gateway_stage", {
    xray_tracing_enabled: false,
  }),
  "a number that is not in the configuration": changeFirst("aws_lambda_function", { timeout: 3 }),
  "a resource in one environment alone": add("production-service", "aws_sqs_queue", {}),
  "an account that is not in the configuration": (stacks) => {
    stacks["ecobeat-production-edge"]!.provider.aws![0]!.allowed_account_ids = [staging.accountId];
  },
});

testRule(environmentInNames, {
  "an alarm without it": changeFirst("aws_cloudwatch_metric_alarm", { alarm_name: "ecobeat-api-errors" }),
  "a tag without it": changeFirst("aws_vpc", { "tags.Name": "ecobeat" }),
});

describe("environments", () => {
  it("synthesize to the same bytes each time", () => {
    expect(JSON.stringify(synthesize(Object.values(environments)))).to.equal(JSON.stringify(allStacks()));
  });

  it("have different accounts, domain names and address ranges", () => {
    for (const value of ["accountId", "apiDomain"] as const) {
      expect(staging[value]).to.not.equal(production[value]);
    }
    expect(staging.network.cidr).to.not.equal(production.network.cidr);
  });

  it("have the required memory and timeouts", () => {
    for (const [name, memory] of [
      ["staging", 512],
      ["production", 1_024],
    ] as const) {
      const functions = allStacks()[`ecobeat-${name}-service`]!.resource.aws_lambda_function!;
      const serving = Object.entries(functions).filter(([id]) => /^(auth|api)_/.test(id));
      expect(serving.map(([, { memory_size, timeout }]) => [memory_size, timeout])).to.deep.equal([
        [memory, 30],
        [memory, 30],
      ]);
    }
  });

  it("are named only in stacks/environments/: no other source of the stacks checks which environment it is in", () => {
    const folder = join(import.meta.dirname, "..", "..", "stacks");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.startsWith("environments/"))
      .map((path) => ({ path, text: withoutComments(readFileSync(join(folder, path), "utf8")) }));
    expect(sources).to.not.be.empty;
    for (const { path, text } of sources) {
      expect(text, path).to.not.match(/production|staging/i);
      expect(text, path).to.not.match(/environment\.name\s*[!=]==?|[!=]==?\s*environment\.name/);
    }
  });
});

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "");
