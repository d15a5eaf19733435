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

/** What the AWS SDK needs of this process's environment to reach the KMS that it names. */
const aws = Object.fromEntries(
  ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
) as Record<string, string>;

/** All that is done within minutes. */
async function* everything(): AsyncGenerator<Section> {
  yield await measureArchiveSize();
  yield await measurePlanReview();
  yield await measureColdStart();
  yield await measureWarmRequest();
  yield await measureObservability();
  yield await measureLogin("a key in this process");
  yield await measureLoginTiming();
  if (aws.AWS_ENDPOINT_URL) yield await measureLogin(`KMS at ${aws.AWS_ENDPOINT_URL}`, aws);
  else console.log("Login with KMS was left out: AWS_ENDPOINT_URL is not set.\n");
  const missing = missingServices();
  if (missing.length === 0) {
    yield await measureActivities();
    yield* measureLoad(0.3, [1, 8]);
  } else {
    console.log(`Activities and load were left out: ${missing.join(", ")} must be set.\n`);
  }
}

async function print(sections: AsyncIterable<Section> | Promise<Section>[]): Promise<void> {
  console.log(
    `${new Date().toISOString()}, Node ${process.version}, ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}\n`,
  );
  for await (const section of sections) console.log(`${formatSection(section)}\n`);
}

/** Exits with an error if a service that a command requires is not configured. */
function requireServices(command: Command): void {
  const missing = missingServices();
  if (missing.length > 0) {
    command.error(
      `error: this is measured on real services, and ${missing.join(", ")} is not set. Set it and run again.`,
    );
  }
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

const program = new Command("npm run bench --")
  .description("Prints figures beside their targets.")
  .action(() => print(everything()));

program
  .command("activities")
  .description("lists and summaries of a user with very many activities")
  .action((_options, command) => {
    requireServices(command);
    return print([measureActivities()]);
  });

program
  .command("load")
  .description("the local server on real services under the load of a mixed day")
  .option("--minutes <number>", "for all concurrencies together", positive, 2)
  .option(
    "--concurrency <numbers>",
    "requests at a time, one number after the other",
    (value) => value.split(",").map(positive),
    [1, 8, 32],
  )
  .action((options, command) => {
    requireServices(command);
    return print(measureLoad(options.minutes, options.concurrency));
  });

program
  .command("soak")
  .description("a mixed day for long, and whether memory stays flat")
  .option("--minutes <number>", "after the warm-up", positive, 30)
  .action((options, command) => {
    requireServices(command);
    return print([measureSoak(options.minutes)]);
  });

program
  .command("backup")
  .description("a backup and a restore of a million documents, beside the bare loops")
  .action(() => {
    if (!process.env.MONGODB_URI) program.error("error: MONGODB_URI is not set. Set it and run again.");
    return print([backup(process.env.MONGODB_URI!)]);
  });

await program.parseAsync();
