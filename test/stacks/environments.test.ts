import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Environment, environments } from "../../stacks/environments.ts";
import { type Stacks, synthesize } from "../support/synthesize.ts";

const { staging, production } = environments;

/** Puts one environment's identity in the place of another's, wherever it stands. */
function rename(stacks: Stacks, from: Environment, to: Environment): Stacks {
  const text = JSON.stringify(stacks)
    .replaceAll(from.apiDomain, to.apiDomain)
    .replaceAll(from.accountId, to.accountId)
    .replaceAll(from.name, to.name);
  return JSON.parse(text);
}

describe("environments", () => {
  it("differ only where the table says: production's row under staging's name gives production's stacks", () => {
    const { name, accountId, apiDomain } = staging;
    const disguised = synthesize([{ ...production, name, accountId, apiDomain }]);
    expect(rename(disguised, staging, production)).to.deep.equal(synthesize([production]));
  });

  it("are synthesized the same each time, byte for byte", () => {
    const all = Object.values(environments);
    expect(JSON.stringify(synthesize(all))).to.equal(JSON.stringify(synthesize(all)));
  });

  it("have accounts, domain names and address ranges of their own", () => {
    for (const value of ["accountId", "apiDomain"] as const) {
      expect(staging[value]).to.not.equal(production[value]);
    }
    expect(staging.network.cidr).to.not.equal(production.network.cidr);
  });

  it("have the memory and the time that were asked for", () => {
    for (const [name, memory] of [
      ["staging", 512],
      ["production", 1_024],
    ] as const) {
      const functions = synthesize([environments[name]])[`ecobeat-${name}-service`]!.resource
        .aws_lambda_function!;
      const serving = Object.entries(functions).filter(([id]) => /^(auth|api)_/.test(id));
      expect(serving.map(([, { memory_size, timeout }]) => [memory_size, timeout])).to.deep.equal([
        [memory, 30],
        [memory, 30],
      ]);
    }
  });

  it("are named in the table alone: no other source of the stacks asks which environment it is", () => {
    const folder = join(import.meta.dirname, "..", "..", "stacks");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && path !== "environments.ts")
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
