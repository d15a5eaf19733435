// `npm run diagram`: draws what is deployed, from the stacks as they are now.
import { writeFile } from "node:fs/promises";
import { deployedEnvironments } from "../../service/contract.ts";
import { synthesizedStacks } from "../cost/synthesis.ts";
import { pictures } from "./drawing.ts";

const stacksOf = await synthesizedStacks();
const stacks = Object.assign({}, ...deployedEnvironments.map(stacksOf));
for (const [file, svg] of pictures(stacks)) {
  await writeFile(file, svg);
  console.log(`Wrote ${file}.`);
}
