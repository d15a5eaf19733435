// `npm run diagram`: draws what is deployed, from the stacks as they are now.
import { writeFile } from "node:fs/promises";
import { withDeployedStacks } from "../hcp-terraform/deployed-stacks.ts";
import type { DrawnStack } from "./boxes.ts";
import { drawDiagrams } from "./drawing.ts";

const stacks = await withDeployedStacks(undefined, async (found) =>
  Object.fromEntries(found.map(({ name, configuration }) => [name, configuration as DrawnStack] as const)),
);
for (const [file, svg] of drawDiagrams(stacks)) {
  await writeFile(file, svg);
  console.log(`Wrote ${file}.`);
}
