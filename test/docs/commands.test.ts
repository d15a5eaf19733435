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
    .filter((file) => /\.(md|yml|ts)$/.test(file))
    .map((file) => join(folder, file));

/** Pages and workflows. Another test runs the commands of the runbooks. */
const files = ["README.md", "CONTRIBUTING.md", ...filesIn("docs"), ...filesIn(".github")];

const program = /npx cdktf|npm run (?:-s |--silent )?ops --/.source;
const commandPattern = new RegExp(`\`((?:${program})\\s[^\`]*)\`|^[^\`\\n]*?((?:${program})\\s[^\`|&;>)\\n]*)`, "gm");

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

describe("commands in pages and workflows", function () {
  this.timeout(300_000);
  let tools: Record<string, Tool>;
  before(async () => {
    const stacks = await synthesizeAll();
    const cdktf = createCdktfTool(stacks);
    const ops = opsTool(() => false, {}, { deploy: createDeployCheck(stacks, cdktf) });
    tools = { npx: npx(cdktf), npm: npm(ops) };
  });

  /** What `ops` and CDKTF refuse, with the place and the command. A shell runs them all, up to a refused one; another runs the rest. */
  async function refusalsOf(commands: readonly { place: string; command: string }[]): Promise<string[]> {
    if (commands.length === 0) return [];
    const blocks = commands.map(({ command }) => `(\n${command}\n)`);
    const variables = { ENVIRONMENT: "production", PR: "42" };
    const outcomes = await runBlocks(blocks, { tools, variables, cwd: root });
    const { problem } = outcomes.at(-1)!;
    const refusals = problem ? [`${commands[outcomes.length - 1]!.place}: ${problem}`] : [];
    return [...refusals, ...(await refusalsOf(commands.slice(outcomes.length)))];
  }

  const placedCommandsOf = (file: string, text: string) =>
    commandsOf(text).map(({ line, command }) => ({ place: `${file}:${line}`, command }));

  it("are accepted", async () => {
    const commands = files.flatMap((file) => placedCommandsOf(file, readFileSync(join(root, file), "utf8")));
    expect((await refusalsOf(commands)).join("\n")).to.equal("");
    expect(commands).to.have.length.above(50);
  });

  it("deploy with ops, which knows the order of stacks, and so do the actions of errors", () => {
    const direct = [...files, ...filesIn("runbooks"), ...filesIn("scripts"), ...filesIn("stacks")].filter((file) =>
      /npx cdktf deploy/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(direct).to.deep.equal([]);
  });

  const deploy = "npm run ops -- deploy --environment staging nonsense";
  const unknownStack = "staging has no stack nonsense.";
  for (const [mistake, text, reason] of [
    ["an unknown stack within a sentence", `Then\n\`${deploy}\` does it.\n`, unknownStack],
    ["an unknown stack on a line of its own", `Then:\n\n    ${deploy}\n`, unknownStack],
    [
      "an unknown stack after a line break",
      `Then run\n\`${deploy.replace(" nonsense", "\n   nonsense")}\`.\n`,
      unknownStack,
    ],
    ["an unknown stack in a workflow", `    steps:\n      - run: ${deploy}\n`, unknownStack],
    ["an unknown stack in a workflow's named step", `    - name: deploy\n      run: ${deploy}\n`, unknownStack],
    ["an unknown stack after another command", `Then:\n\n    npm ci && A=b ${deploy}\n`, unknownStack],
    ["an unknown option", `\n    ${deploy.replace("nonsense", "--approve")}\n`, "unknown option '--approve'"],
    ["an unknown environment", `\n    ${deploy.replace("staging", "stagin")}\n`, "Allowed choices are"],
    [
      "a stack without its dependency",
      "\n    npx cdktf deploy ecobeat-staging-service\n",
      "not included in the stacks to run: ecobeat-staging-foundation",
    ],
  ] as const) {
    it(`are refused with ${mistake}`, async () => {
      const [refusal, ...others] = await refusalsOf(placedCommandsOf("page.md", text));
      expect(others).to.deep.equal([]);
      expect(refusal)
        .to.match(/^page\.md:[23]: /)
        .and.contain(reason);
    });
  }
});
