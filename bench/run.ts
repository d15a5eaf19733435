import { cpus } from "node:os";
import { archiveSize } from "./archive-size.ts";
import { backup } from "./backup.ts";
import { coldStart } from "./cold-start.ts";
import { login } from "./login.ts";
import { loginTiming } from "./login-timing.ts";
import { observation } from "./observation.ts";
import { format, type Section } from "./report.ts";
import { warmRequest } from "./warm-request.ts";

/** What the AWS SDK needs of this process's environment to reach the KMS that it names. */
const aws = Object.fromEntries(
  ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
) as Record<string, string>;

const mongodbUri = process.env.MONGODB_URI;

const measurements: (() => Promise<Section>)[] = [
  archiveSize,
  coldStart,
  warmRequest,
  observation,
  () => login("a key in this process"),
  loginTiming,
  ...(aws.AWS_ENDPOINT_URL ? [() => login(`KMS at ${aws.AWS_ENDPOINT_URL}`, aws)] : []),
  ...(mongodbUri ? [() => backup(mongodbUri)] : []),
];

console.log(
  `${new Date().toISOString()}, Node ${process.version}, ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}\n`,
);
for (const measurement of measurements) console.log(`${format(await measurement())}\n`);
if (!aws.AWS_ENDPOINT_URL) console.log("Login with KMS was left out: AWS_ENDPOINT_URL is not set.");
if (!mongodbUri) console.log("Backups were left out: MONGODB_URI is not set.");
