import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createCdktfTool, createDeployCheck, readAllStacks } from "../support/commands/cdktf.ts";
import { opsTool } from "../support/commands/ops.ts";
import { npm, npx } from "../support/commands/programs.ts";
import { runBlocks } from "../support/commands/shell.ts";
import type { Tool } from "../support/commands/tool.ts";

const root = join(import.meta.dirname, "..", "..");

const files = [
  "README.md",
  "CONTRIBUTING.md",
  ...["docs", ".github"].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: "utf8", recursive: true })
      .filter((file) => /\.(md|yml)$/.test(file))
      .map((file) => join(folder, file)),
  ),
];

/** Commands of CDKTF and `ops` in a text, by the line where they begin: within a sentence, and on a line of their own. */
const commandsOf = (text: string) =>
  [
    ...text.matchAll(
      /`((?:npx cdktf|npm run (?:--?s\w* )?ops --)\s[^`]*)`|^[^`\n]*?((?:npx cdktf|npm run (?:--?s\w* )?ops --)\s[^`|&;>\n]*)/gm,
    ),
  ].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    command: (match[1] ?? match[2]!).replace(/\s+/g, " "),
  }));

describe("commands of CDKTF in pages and workflows", function () {
  this.timeout(300_000);
  let tools: Record<string, Tool>;
  before(async () => {
    const stacks = await readAllStacks();
    const cdktf = createCdktfTool(stacks);
    const ops = opsTool(() => false, {}, { deploy: createDeployCheck(stacks, cdktf) });
    tools = { npx: npx(cdktf), npm: npm(ops) };
  });

  /** What CDKTF refuses, with the place and the command. */
  async function refusalsOf(file: string, text: string): Promise<string[]> {
    const refusals: string[] = [];
    for (const { line, command } of commandsOf(text)) {
      const [outcome] = await runBlocks([command], { tools, variables: { ENVIRONMENT: "production" }, cwd: root });
      if (outcome!.problem) refusals.push(`${file}:${line}: ${outcome!.problem}`);
    }
    return refusals;
  }

  it("are none that CDKTF refuses", async () => {
    const refusals: string[] = [];
    let count = 0;
    for (const file of files) {
      const text = readFileSync(join(root, file), "utf8");
      count += commandsOf(text).length;
      refusals.push(...(await refusalsOf(file, text)));
    }
    expect(refusals.join("\n")).to.equal("");
    expect(count).to.be.greaterThan(15);
  });

  const deploy = "npx cdktf deploy ecobeat-staging-service";
  for (const [where, text] of Object.entries({
    "within a sentence": `Then\n\`${deploy}\` does it.\n`,
    "on a line of its own": `Then:\n\n    ${deploy}\n`,
    "with a line break": `Then run\n\`${deploy.replace(" ecobeat", "\n   ecobeat")}\`.\n`,
    "with placeholders": `Then\n\`${deploy.replace("staging-service", "<environment>-<stack>")}\`.\n`,
    "in a workflow": `    steps:\n      - run: ${deploy}\n`,
    "in a workflow, after a name": `    - name: deploy\n      run: ${deploy}\n`,
    "after another command": `Then:\n\n    npm ci && ECOBEAT_BACKEND=local ${deploy}\n`,
  })) {
    it(`are refused without what the stack depends on, ${where}`, async () => {
      const [refusal, ...others] = await refusalsOf("page.md", text);
      expect(others).to.deep.equal([]);
      expect(refusal).to.match(/^page\.md:[23]: .*not included in the stacks to run: ecobeat-\w+-foundation/s);
    });
  }
});
