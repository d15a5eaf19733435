import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createCdktfTool, createDeployCheck, synthesizeAll } from "../support/commands/cdktf.ts";
import { opsTool } from "../support/commands/ops.ts";
import { npm, npx } from "../support/commands/programs.ts";
import { runBlocks } from "../support/commands/shell.ts";
import type { Tool } from "../support/commands/tool.ts";

const root = join(import.meta.dirname, "..", "..");

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { encoding: "utf8", recursive: true })
    .filter((file) => /\.(md|yml)$/.test(file))
    .map((file) => join(folder, file));

/** Pages and workflows. Another test runs the commands of the runbooks. */
const files = ["README.md", "CONTRIBUTING.md", ...filesIn("docs"), ...filesIn(".github")];

const program = /npx cdktf|npm run (?:-s |--silent )?ops --/.source;
const commandPattern = new RegExp(`\`((?:${program})\\s[^\`]*)\`|^[^\`\\n]*?((?:${program})\\s[^\`|&;>\\n]*)`, "gm");

/**
 * Commands of CDKTF and `ops` in a text, by the line where they begin: within a sentence, and on a line of their own. A
 * synopsis, which has brackets, is none.
 */
const commandsOf = (text: string) =>
  [...text.matchAll(commandPattern)]
    .map((match) => ({
      line: text.slice(0, match.index).split("\n").length,
      command: (match[1] ?? match[2]!).replace(/\s+/g, " ").trim(),
    }))
    .filter(({ command }) => !/[[(]/.test(command));

/** A workflow has no terminal to approve a plan. */
const needsApproval = (file: string, command: string): boolean =>
  file.endsWith(".yml") && / deploy /.test(command) && !/ --yes\b/.test(command);

describe("commands in pages and workflows", function () {
  this.timeout(300_000);
  let tools: Record<string, Tool>;
  before(async () => {
    const stacks = await synthesizeAll();
    const cdktf = createCdktfTool(stacks);
    const ops = opsTool(() => false, {}, { deploy: createDeployCheck(stacks, cdktf) });
    tools = { npx: npx(cdktf), npm: npm(ops) };
  });

  /** What `ops` and CDKTF refuse, with the place and the command. */
  async function refusalsOf(file: string, text: string): Promise<string[]> {
    const refusals: string[] = [];
    for (const { line, command } of commandsOf(text)) {
      const [outcome] = await runBlocks([command], { tools, variables: { ENVIRONMENT: "production" }, cwd: root });
      if (outcome!.problem) refusals.push(`${file}:${line}: ${outcome!.problem}`);
      if (needsApproval(file, command)) refusals.push(`${file}:${line}: ${command} lacks --yes`);
    }
    return refusals;
  }

  it("are accepted", async () => {
    const refusals: string[] = [];
    let count = 0;
    for (const file of files) {
      const text = readFileSync(join(root, file), "utf8");
      count += commandsOf(text).length;
      refusals.push(...(await refusalsOf(file, text)));
    }
    expect(refusals.join("\n")).to.equal("");
    expect(count).to.be.greaterThan(50);
  });

  it("deploy with ops, which knows the order of stacks", () => {
    const direct = [...files, ...filesIn("runbooks")].filter((file) =>
      /npx cdktf deploy/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(direct).to.deep.equal([]);
  });

  const deploy = "npm run ops -- deploy --environment staging nonsense";
  for (const [where, file, text] of [
    ["within a sentence", "page.md", `Then\n\`${deploy}\` does it.\n`],
    ["on a line of its own", "page.md", `Then:\n\n    ${deploy}\n`],
    ["with a line break", "page.md", `Then run\n\`${deploy.replace(" nonsense", "\n   nonsense")}\`.\n`],
    ["in a workflow", "workflow.yml", `    steps:\n      - run: ${deploy} --yes\n`],
    ["in a workflow, after a name", "workflow.yml", `    - name: deploy\n      run: ${deploy} --yes\n`],
    ["after another command", "page.md", `Then:\n\n    npm ci && ECOBEAT_BACKEND=local ${deploy}\n`],
  ] as const) {
    it(`are refused with an unknown stack ${where}`, async () => {
      const [refusal, ...others] = await refusalsOf(file, text);
      expect(others).to.deep.equal([]);
      expect(refusal).to.match(/^(page\.md|workflow\.yml):[23]: .*staging has no stack nonsense\./s);
    });
  }

  for (const [mistake, file, command, refusal] of [
    [
      "a stack without its dependency",
      "page.md",
      "npx cdktf deploy ecobeat-staging-service",
      "not included in the stacks to run: ecobeat-staging-foundation",
    ],
    ["an unknown option", "page.md", "npm run ops -- deploy --environment staging --approve", "unknown option"],
    ["an unknown environment", "page.md", "npm run -s ops -- deploy --environment stagin", "Allowed choices are"],
    ["no approval", "workflow.yml", "npm run ops -- deploy --environment staging", "lacks --yes"],
  ] as const) {
    it(`are refused with ${mistake}`, async () => {
      const [found, ...others] = await refusalsOf(file, `    ${command}\n`);
      expect(others).to.deep.equal([]);
      expect(found).to.contain(refusal);
    });
  }
});
