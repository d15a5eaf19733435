import { cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { measureActivities } from "./activities.ts";
import { measureArchiveSize } from "./archive-size.ts";
import { backup } from "./backup.ts";
import { measureColdStart } from "./cold-start.ts";
import { missingServices } from "./load/populated-server.ts";
import { measureSoak } from "./load/soak.ts";
import { measureLoad } from "./load.ts";
import { measureLogin } from "./login.ts";
import { measureLoginTiming } from "./login-timing.ts";
import { measureObservability } from "./observability.ts";
import { measurePlanReview } from "./plan-review.ts";
import { formatSection, type Section } from "./report.ts";
import { measureWarmRequest } from "./warm-request.ts";

/** The variables that the AWS SDK needs to reach the KMS of this process's environment. */
const aws = Object.fromEntries(
  ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
) as Record<string, string>;

/** All benchmarks that take minutes at most. */
async function* measureAll(): AsyncGenerator<Section> {
  yield await measureArchiveSize();
  yield await measurePlanReview();
  yield await measureColdStart();
  yield await measureWarmRequest();
  yield await measureObservability();
  yield await measureLogin("a key in the same process");
  yield await measureLoginTiming();
  if (aws.AWS_ENDPOINT_URL) yield await measureLogin(`KMS at ${aws.AWS_ENDPOINT_URL}`, aws);
  else console.log("Skipped: login with KMS. Set AWS_ENDPOINT_URL.\n");
  const missing = missingServices();
  if (missing.length === 0) {
    yield await measureActivities();
    yield* measureLoad(0.3, [1, 8]);
  } else {
    console.log(`Skipped: activities and load. Set ${missing.join(", ")}.\n`);
  }
}

async function print(sections: AsyncIterable<Section> | Promise<Section>[]): Promise<void> {
  console.log(
    `${new Date().toISOString()}, Node ${process.version}, ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}\n`,
  );
  for await (const section of sections) console.log(`${formatSection(section)}\n`);
}

/** Exits with an error if a service that a command requires is not configured. */
function requireServices(required?: string[]): void {
  const missing = missingServices(required);
  if (missing.length > 0) {
    program.error(`error: this benchmark needs real services. Set ${missing.join(", ")} and run it again.`);
  }
}

function parsePositive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

const program = new Command("npm run bench --")
  .description("print measurements with their targets")
  .action(() => print(measureAll()));

program
  .command("activities")
  .description("lists and summaries of a user with very many activities")
  .action(() => {
    requireServices();
    return print([measureActivities()]);
  });

program
  .command("load")
  .description("the local server on real services under a mixed workload")
  .option("--minutes <number>", "for all concurrencies together", parsePositive, 2)
  .option(
    "--concurrency <numbers>",
    "concurrent requests, one number after the other",
    (value) => value.split(",").map(parsePositive),
    [1, 8, 32],
  )
  .action((options) => {
    requireServices();
    return print(measureLoad(options.minutes, options.concurrency));
  });

program
  .command("soak")
  .description("a mixed workload for a long time: detects memory leaks")
  .option("--minutes <number>", "after the warm-up", parsePositive, 30)
  .action((options) => {
    requireServices();
    return print([measureSoak(options.minutes)]);
  });

program
  .command("backup")
  .description("a backup and a restore of a million documents, compared with plain loops")
  .action(() => {
    requireServices(["MONGODB_URI"]);
    return print([backup(process.env.MONGODB_URI!)]);
  });

await program.parseAsync();
