import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { devNull } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { type Answer, accepted, type Call, refused } from "./tool.ts";

/** Whether Python has version 1 of the AWS CLI, the only one that is a package of Python and can be looked into. */
export const hasAwsCli = (): boolean =>
  spawnSync("python3", ["-c", "import awscli; assert awscli.__version__.startswith('1.')"]).status === 0;

/**
 * The AWS CLI. It checks operation, flags and values of each call against its models of AWS, and answers with a
 * sample of what AWS would.
 */
export class AwsCli {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  readonly #samples = new Map<string, Promise<Answer>>();

  constructor(region: string) {
    this.#process = spawn("python3", ["-B", join(import.meta.dirname, "aws_cli.py")], {
      env: {
        PATH: process.env.PATH,
        HOME: devNull,
        AWS_DEFAULT_REGION: region,
        AWS_CONFIG_FILE: devNull,
        AWS_SHARED_CREDENTIALS_FILE: devNull,
        AWS_EC2_METADATA_DISABLED: "true",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.once("exit", () => {
      for (const answer of this.#waiting.splice(0)) answer(refused("The AWS CLI crashed: see above."));
    });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#lines.on("line", (line) => this.#waiting.shift()!(JSON.parse(line)));
  }

  /** The fake of `aws`. */
  readonly tool = async ({ args }: Call): Promise<Answer> => {
    const key = args.join("\0");
    const pending = this.#samples.get(key) ?? this.#run(withSkeleton(args));
    this.#samples.set(key, pending);
    const sample = await pending;
    if (sample.code !== 0) return sample;
    if (args.includes("--query") && /\b(None|null)\b/.test(sample.stdout)) {
      return refused("The query names a value that the response does not have: a sample has all values.");
    }
    return isWaiter(args) ? accepted() : sample;
  };

  stop(): void {
    this.#process.stdin!.end();
    this.#lines.close();
  }

  #run(args: readonly string[]): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify(args)}\n`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const isWaiter = (args: readonly string[]) => args[1] === "wait";

/** A waiter answers nothing, so that there is no sample of its output. */
const withSkeleton = (args: readonly string[]): string[] => [
  ...args,
  "--generate-cli-skeleton",
  isWaiter(args) ? "input" : "output",
];
