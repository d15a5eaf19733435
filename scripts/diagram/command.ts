// `npm run diagram`: draws the architecture of the synthesized stacks, and removes the diagrams of removed environments.
import { readdir, rm, writeFile } from "node:fs/promises";
import { withDeployedStacks } from "../terraform/deployed-stacks.ts";
import type { StackConfiguration } from "../terraform/resources.ts";
import { drawDiagrams } from "./drawing.ts";

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
