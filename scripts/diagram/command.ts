// `npm run diagram`: draws the architecture of the synthesized stacks.
import { writeFile } from "node:fs/promises";
import { withDeployedStacks } from "../terraform/deployed-stacks.ts";
import type { StackConfiguration } from "../terraform/resources.ts";
import { drawDiagrams } from "./drawing.ts";

const stacks = await withDeployedStacks(undefined, async (found) =>
  Object.fromEntries(found.map(({ name, configuration }) => [name, configuration as StackConfiguration] as const)),
);
for (const [file, svg] of drawDiagrams(stacks)) {
  await writeFile(file, svg);
  console.log(`Wrote ${file}.`);
}
