import { Argument, Command, InvalidArgumentError } from "commander";
import { type BenchmarkOptions, benchmarks, findMissingServices } from "./benchmarks.ts";
import { formatSection } from "./report.ts";
import { describeMachine, type Result, writeResults } from "./results.ts";

const names = Object.keys(benchmarks);

/** Runs the benchmarks of these names, and prints each section when it is measured. */
async function run(
  chosen: readonly string[],
  { write, ...options }: BenchmarkOptions & { write?: true },
): Promise<void> {
  console.log(`${new Date().toISOString()}, ${describeMachine()}\n`);
  for (const name of chosen) {
    const result: Result = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), sections: [] };
    const measured = benchmarks[name]!.measure(options);
    for await (const section of measured instanceof Promise ? [measured] : measured) {
      console.log(`${formatSection(section)}\n`);
      result.sections.push(section);
    }
    // After each, so that an interruption or a failure loses no other result.
    if (write) await writeResults({ [name]: result });
  }
}

/** All benchmarks that take minutes at most, and have the services that they need. */
function chooseDefault(): string[] {
  return names.filter((name) => {
    const benchmark = benchmarks[name]!;
    if (benchmark.isLong) return false;
    const missing = findMissingServices(benchmark);
    if (missing.length > 0) console.log(`Skipped: ${name}. Set ${missing.join(", ")}.`);
    return missing.length === 0;
  });
}

/** Exits with an error if a service is not configured that a named benchmark requires. */
function requireServices(named: readonly string[]): readonly string[] {
  for (const name of named) {
    const missing = findMissingServices(benchmarks[name]!);
    if (missing.length > 0) {
      program.error(`error: ${name} needs real services. Set ${missing.join(", ")} and run it again.`);
    }
  }
  return named;
}

function parsePositive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

const list = Object.entries(benchmarks).map(([name, { description }]) => `  ${name.padEnd(16)}${description}`);

const program = new Command("npm run bench --")
  .description("Prints measurements with their targets.")
  .addArgument(new Argument("[names...]", "the benchmarks (default: all that take minutes at most)").choices(names))
  .option("--write", "also write the results to docs/benchmarks.md, in place of the earlier ones of these benchmarks")
  .option("--minutes <number>", "how long the workload of load or soak runs", parsePositive)
  .option(
    "--concurrency <numbers>",
    "concurrent requests of load, one number after the other",
    (value) => value.split(",").map(parsePositive),
    [1, 8, 32],
  )
  .option("--documents <number>", "how many documents backup uses", parsePositive)
  .addHelpText("after", `\nBenchmarks:\n${list.join("\n")}`)
  .action((named: string[], options) => run(named.length > 0 ? requireServices(named) : chooseDefault(), options));

await program.parseAsync();
