// `npm run diagram`: draws the architecture of the synthesized stacks, and removes the diagrams of removed environments.
import { readdir, rm, writeFile } from "node:fs/promises";
import { runCommand } from "../cli/run-command.ts";
import type { StackConfiguration } from "../terraform/resources.ts";

await runCommand(async () => {
  // The values of an environment can be wrong.
  const { withDeployedStacks } = await import("../terraform/deployed-stacks.ts");
  const { drawDiagrams } = await import("./drawing.ts");
  const stacks = await withDeployedStacks(undefined, async (found) =>
    Object.fromEntries(found.map(({ name, configuration }) => [name, configuration as StackConfiguration] as const)),
  );
  const diagrams = new Map(drawDiagrams(stacks));
  for (const [file, svg] of diagrams) {
    await writeFile(file, svg);
    console.log(`Wrote ${file}.`);
  }
  for (const name of await readdir("docs")) {
    const file = `docs/${name}`;
    if (!/^architecture-.*\.svg$/.test(name) || diagrams.has(file)) continue;
    await rm(file);
    console.log(`Removed ${file}, whose environment no longer exists.`);
  }
});
