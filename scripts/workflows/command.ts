// `npm run generate:workflows`: writes the workflows that follow from the environments, and removes those of removed ones.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environments } from "../../stacks/environments/index.ts";
import { runCommand } from "../cli/run-command.ts";
import { generateWorkflows } from "./workflows.ts";

const folder = join(import.meta.dirname, "..", "..", ".github", "workflows");

await runCommand(async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yml"));
  const existing = Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), "utf8")] as const)),
  );
  const generated = generateWorkflows(Object.values(environments), existing);
  for (const [file, text] of Object.entries(generated)) {
    if (existing[file] === text) continue;
    await writeFile(join(folder, file), text);
    console.log(`Wrote .github/workflows/${file}.`);
  }
  for (const file of files.filter((each) => !(each in generated))) {
    await rm(join(folder, file));
    console.log(`Removed .github/workflows/${file}, whose environment no longer exists.`);
  }
});
