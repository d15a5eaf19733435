// `npm run generate:workflows`: writes the workflows that follow from the environments and their links in runbooks, and removes those of
// removed environments.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { runCommand } from "../cli/run-command.ts";

const root = join(import.meta.dirname, "..", "..");

await runCommand(async () => {
  // Their values can be wrong.
  const environments = Object.values((await import("../../stacks/environments/index.ts")).environments);
  const { generateWorkflows } = await import("./workflows.ts");
  const { withLinks } = await import("./runbook-links.ts");
  await update(join(root, ".github", "workflows"), (existing) => generateWorkflows(environments, existing));
  await update(join(root, "runbooks"), ({ "README.md": index, ...runbooks }) => ({
    "README.md": index!,
    ...Object.fromEntries(Object.entries(runbooks).map(([file, text]) => [file, withLinks(text, environments)])),
  }));
});

/** Writes the files of a folder that differ from what they should be, and removes the others. */
async function update(
  folder: string,
  generate: (existing: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<void> {
  const files = await readdir(folder);
  const existing = Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), "utf8")] as const)),
  );
  const generated = generate(existing);
  for (const [file, text] of Object.entries(generated)) {
    if (existing[file] === text) continue;
    await writeFile(join(folder, file), text);
    console.log(`Wrote ${relative(root, join(folder, file))}.`);
  }
  for (const file of files.filter((each) => !(each in generated))) {
    await rm(join(folder, file));
    console.log(`Removed ${relative(root, join(folder, file))}, whose environment no longer exists.`);
  }
}
