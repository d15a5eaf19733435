import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { devNull } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { type Answer, accepted, type Call, refused } from "./tool.ts";

/** Whether Python has version 1 of the AWS CLI, the only one that is a package of Python and can be looked into. */
export const hasAwsCli = (): boolean =>
  spawnSync("python3", ["-c", "import awscli; assert awscli.__version__.startswith('1.')"]).status === 0;

/** An account of the AWS emulator in which some of what pages ask for exists. */
export interface Emulated {
  /** By which the AWS CLI reaches it. */
  readonly variables: Readonly<Record<string, string>>;
  /** What it answers, such as `lambda get-alias`. */
  readonly operations: readonly string[];
}

/**
 * The AWS CLI. It checks operation, flags and values of each call against its models of AWS, and then asks the emulator what
 * that can answer, and makes up a sample answer to everything else.
 */
export class AwsCli {
  readonly #variables: Readonly<Record<string, string>>;
  readonly #emulated: Emulated | undefined;
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  readonly #samples = new Map<string, Promise<Answer>>();

  constructor(region: string, emulated?: Emulated) {
    this.#variables = {
      HOME: devNull,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_CONFIG_FILE: devNull,
    };
    this.#emulated = emulated;
    this.#process = spawn("python3", ["-B", join(import.meta.dirname, "aws_cli.py")], {
      env: { PATH: process.env.PATH },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.once("exit", () => {
      for (const answer of this.#waiting.splice(0)) answer(refused("The AWS CLI crashed: see above."));
    });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#lines.on("line", (line) => this.#waiting.shift()!(JSON.parse(line)));
  }

  /** What stands in the place of `aws`. */
  readonly tool = async ({ args }: Call): Promise<Answer> => {
    const key = args.join("\0");
    const pending = this.#samples.get(key) ?? this.#run(withSkeleton(args), this.#variables);
    this.#samples.set(key, pending);
    const sample = await pending;
    if (sample.code !== 0) return sample;
    if (this.#emulated?.operations.includes(args.slice(0, 2).join(" "))) {
      const answer = await this.#run(args, { ...this.#variables, ...this.#emulated.variables });
      return { ...answer, isReal: true };
    }
    return isWaiter(args) ? accepted() : sample;
  };

  stop(): void {
    this.#process.stdin!.end();
    this.#lines.close();
  }

  #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify({ args, env })}\n`);
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
