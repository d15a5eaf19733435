import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Stack, synthesize, toDependencyChains } from "../../../scripts/terraform/synthesis.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { fixtureApp } from "../infra-test/fixture/infra-test.ts";

const stack = (name: string, ...dependencies: string[]): Stack => ({
  name,
  folder: "",
  dependencies,
  configuration: {},
});

describe("synthesis", () => {
  const folder = useTemporaryFolder();

  it("orders stacks by their dependencies, and does not change cdktf.out", async () => {
    const seen = () => existsSync("cdktf.out") && statSync("cdktf.out").mtimeMs;
    const before = seen();
    const stacks = await synthesize(fixtureApp, folder(), process.env);
    expect(stacks.map(({ name, dependencies }) => [name, dependencies])).to.deep.equal([
      ["fixture-first", []],
      ["fixture-second", ["fixture-first"]],
    ]);
    expect(readdirSync(join(folder(), "stacks")).sort()).to.deep.equal(["fixture-first", "fixture-second"]);
    expect(seen()).to.equal(before);
  });

  it("reports the output of an app that fails", async () => {
    const app = join(folder(), "app.mts");
    writeFileSync(app, 'throw new Error("no such subnet");');
    const error = await expectCode("synthesis-failed", () => synthesize(app, folder(), process.env));
    expect(error.message).to.contain("no such subnet");
  });

  it("reports an error with a code alone", async () => {
    const app = join(folder(), "app.mts");
    writeFileSync(app, 'console.error("The subnet is too small. [subnet-too-small]"); process.exitCode = 1;');
    const error = await expectCode("synthesis-failed", () => synthesize(app, folder(), process.env));
    expect(error.message).to.equal("The subnet is too small. [subnet-too-small]");
  });

  it("groups stacks that depend on each other into chains", () => {
    const [a, a2, a3] = [stack("a"), stack("a2", "a"), stack("a3", "a2", "a")];
    const ordered = [a, stack("b"), a2, stack("b2", "b"), a3, stack("c")];
    const names = toDependencyChains(ordered).map((chain) => chain.map(({ name }) => name));
    expect(names).to.have.deep.members([["a", "a2", "a3"], ["b", "b2"], ["c"]]);
  });
});
