import { inspect } from "node:util";
import { Command } from "commander";
import { OperatorError } from "../../scripts/cli/errors.ts";
import { wholeNumberParser } from "../../scripts/cli/options.ts";
import { runCommand } from "../../scripts/cli/run-command.ts";
import { addBase, hasCommit, readBases, resolveCommit } from "./bases.ts";
import { runCompatibility } from "./run.ts";

const {
  rounds,
  base,
  add,
  require: isRequired,
} = new Command("npm run test:compat --")
  .description(
    "Runs each version of compatibility.json next to this checkout, on one database and one Redis, and shifts the traffic of old and " +
      "new apps between them: to the new version, back, and to the new one again. It needs MONGODB_URI, REDIS_URL and AWS_ENDPOINT_URL.",
  )
  .option(
    "--rounds <number>",
    "how often the users of all apps do everything, for each base",
    wholeNumberParser("rounds", 10, 6_000),
    60,
  )
  .option("--base <commit>", "this commit instead of those of compatibility.json")
  .option(
    "--add <name>",
    "run nothing, and add a release with this name to compatibility.json: the commit of --base, or else HEAD",
  )
  .option("--require", "fail if something cannot run")
  .parse()
  .opts<{ rounds: number; base?: string; add?: string; require?: true }>();

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

let [passed, failed, skipped] = [0, 0, 0];

await runCommand(async () => {
  if (add) return addBase({ commit: await resolveCommit(base ?? "HEAD"), name: add });
  const missing = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"].filter((name) => !process.env[name]);
  const bases = base ? [{ commit: await resolveCommit(base), name: "" }] : await readBases();
  for (const { commit, name } of bases) {
    if (interrupted.signal.aborted) break;
    console.log(`\n${[commit.slice(0, 12), name].join(" ")}`);
    if (missing.length > 0) skip(`${missing.join(", ")} not set`);
    else if (!(await hasCommit(commit))) {
      skip(`commit ${commit} is not in this clone; fetch it with git fetch origin ${commit}`);
    } else {
      const { signal } = interrupted;
      const result = await runCompatibility({ base: commit, rounds, signal }).catch((error: Error) => {
        // An interruption reaches what it has started, too. A base that cannot run does not stop the next one.
        if (!signal.aborted)
          return { phases: [], faults: [error instanceof OperatorError ? error.message : inspect(error)] };
      });
      if (!result) break;
      const { phases, faults } = result;
      for (const line of [...phases, ...faults.map((fault) => `failed: ${fault}`)]) console.log(line);
      if (faults.length > 0) failed += 1;
      else passed += 1;
    }
  }
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0 || (isRequired && skipped > 0)) process.exitCode = 1;
});
if (interrupted.signal.aborted) process.exitCode = 130;

function skip(reason: string): void {
  skipped += 1;
  console.log(`not run: ${reason}`);
}
