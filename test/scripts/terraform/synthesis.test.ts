import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Stack, synthesize, toDependencyChains } from "../../../scripts/terraform/synthesis.ts";
import { fixtureApp } from "../infra-test/fixture/infra-test.ts";

const stack = (name: string, ...dependencies: string[]): Stack => ({
  name,
  folder: "",
  dependencies,
  configuration: {},
});

describe("synthesis", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "synthesis-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("orders stacks by their dependencies and leaves cdktf.out alone", async () => {
    const seen = () => existsSync("cdktf.out") && statSync("cdktf.out").mtimeMs;
    const before = seen();
    const stacks = await synthesize(fixtureApp, folder, process.env);
    expect(stacks.map(({ name, dependencies }) => [name, dependencies])).to.deep.equal([
      ["fixture-first", []],
      ["fixture-second", ["fixture-first"]],
    ]);
    expect(readdirSync(join(folder, "stacks")).sort()).to.deep.equal(["fixture-first", "fixture-second"]);
    expect(seen()).to.equal(before);
  });

  it("shows what an app that fails has printed", async () => {
    const app = join(folder, "app.mts");
    writeFileSync(app, 'throw new Error("no such subnet");');
    const error = await synthesize(app, folder, process.env).catch((reason: Error) => reason);
    expect(error)
      .to.have.property("message")
      .that.contains("does not synthesize")
      .and.contains("no such subnet");
  });

  it("puts stacks that read each other in one chain, and others apart", () => {
    const ordered = [
      stack("a"),
      stack("b"),
      stack("a2", "a"),
      stack("b2", "b"),
      stack("a3", "a2", "a"),
      stack("c"),
    ];
    const names = toDependencyChains(ordered).map((chain) => chain.map(({ name }) => name));
    expect(names).to.have.deep.members([["a", "a2", "a3"], ["b", "b2"], ["c"]]);
  });
});
