import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../support/commands/run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..");
const pages = ["docs", "runbooks"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

/** A block of a page that changes a file of the repository. */
interface Edit {
  readonly file: string;
  /** Runs of lines, each removed and replaced by others. */
  readonly changes: readonly { readonly before: string; readonly after: string }[];
}

/** The edits of a page in its order: blocks of `diff`, whose first line names the file. */
const parseEdits = (text: string): Edit[] =>
  [...text.matchAll(/^( *)```diff\n\1--- (\S+)\n([\s\S]*?)^\1```$/gm)].map(([, indent = "", file, body = ""]) => {
    const lines = body.split("\n").map((line) => line.slice(indent.length));
    const changes: { before: string; after: string }[] = [];
    for (const [index, line] of lines.entries()) {
      const removed = line.startsWith("-");
      if (removed && !lines[index - 1]?.startsWith("-")) changes.push({ before: "", after: "" });
      const change = changes.at(-1);
      if (change) change[removed ? "before" : "after"] += line === "" ? "" : `${line.slice(1)}\n`;
    }
    return { file: file!, changes };
  });

/** @throws an error if the file does not have the lines exactly once */
function apply({ file, changes }: Edit, folder: string): void {
  let text = readFileSync(join(folder, file), "utf8");
  for (const { before, after } of changes) {
    expect(text.split(before), `${file} contains once:\n${before}`).to.have.length(2);
    text = text.replace(before, () => after);
  }
  writeFileSync(join(folder, file), text);
}

describe("Edits that pages describe", () => {
  const folder = useTemporaryFolder();
  const edited = pages.map((page) => ({ page, edits: parseEdits(readFileSync(join(root, page), "utf8")) }));

  it("are read from each block", () => {
    const blocks = pages.flatMap((page) => readFileSync(join(root, page), "utf8").match(/```diff$/gm) ?? []);
    expect(edited.flatMap(({ edits }) => edits)).to.have.length(blocks.length);
    expect(blocks.length).to.be.greaterThan(2);
  });

  for (const { page, edits } of edited.filter(({ edits }) => edits.length > 0)) {
    it(`of ${page} apply in order, and the stacks synthesize with them`, async () => {
      const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
        .split("\0")
        .filter(Boolean);
      for (const file of files.filter((each) => /^(main|stacks|service|scripts|package|tsconfig)/.test(each))) {
        cpSync(join(root, file), join(folder(), file));
      }
      symlinkSync(join(root, "node_modules"), join(folder(), "node_modules"));
      for (const edit of edits) apply(edit, folder());
      const { code, stderr } = await run(process.execPath, ["scripts/run.cjs", "main.ts"], {
        cwd: folder(),
        env: process.env,
      });
      expect([code, stderr]).to.deep.equal([0, ""]);
    });
  }
});
