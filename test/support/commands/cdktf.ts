import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { environments } from "../../../stacks/environments/index.ts";
import { synthesizeInto } from "../synthesize.ts";
import { declaredTool } from "./declared.ts";
import { run } from "./run.ts";
import { type Answer, accepted, type Call, refused } from "./tool.ts";

const cli = createRequire(import.meta.url).resolve("cdktf-cli/bundle/bin/cdktf");

/** A stub of Terraform: `init` records that CDKTF called it, and fails. */
const terraform = `#!/bin/sh
case "$1" in
  version) echo '{"terraform_version":"1.11.0"}' ;;
  init) : > "$REACHED"; exit 1 ;;
esac
`;

/** CDKTF ignores flags that it does not know, so they are compared with its help here. */
const declared = declaredTool({
  source: "`npx cdktf <command> --help`",
  commands: {
    deploy: ["--auto-approve", "--refresh-only", "--ignore-missing-stack-dependencies"],
    destroy: ["--auto-approve", "--ignore-missing-stack-dependencies"],
    diff: ["--refresh-only"],
    output: ["--outputs-file="],
    login: ["--tfe-hostname="],
    synth: [],
  },
});

/**
 * The CDKTF CLI with the stacks of all environments. It runs up to `terraform init`, which comes after its own checks:
 * that each named stack exists, and that no stack that it depends on (for `destroy`, that depends on it) is missing.
 */
export class CdktfCli {
  readonly #folder = mkdtempSync(join(tmpdir(), "ecobeat-cdktf-"));
  readonly #answers = new Map<string, Promise<Answer>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    copyFileSync(join(import.meta.dirname, "../../../cdktf.json"), join(this.#folder, "cdktf.json"));
    synthesizeInto(this.#folder, Object.values(environments));
    writeFileSync(join(this.#folder, "terraform"), terraform, { mode: 0o755 });
  }

  /** The fake of `cdktf`. */
  readonly tool = async (call: Call): Promise<Answer> => {
    const answer = await declared(call);
    if (answer.code !== 0 || !/^(deploy|destroy|diff|output)$/.test(call.args[0]!)) return answer;
    const key = call.args.join("\0");
    let pending = this.#answers.get(key);
    if (!pending) {
      // One after the other: each wants a processor, and 220 MB.
      pending = this.#last.then(() => this.#run(call.args));
      this.#last = pending;
      this.#answers.set(key, pending);
    }
    return pending;
  };

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async #run(args: readonly string[]): Promise<Answer> {
    const reached = join(this.#folder, "reached");
    rmSync(reached, { force: true });
    const { stdout, stderr } = await run(process.execPath, [cli, ...args, "--skip-synth"], {
      cwd: this.#folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.#folder,
        TERRAFORM_BINARY_NAME: join(this.#folder, "terraform"),
        REACHED: reached,
        CHECKPOINT_DISABLE: "1",
      },
    });
    if (existsSync(reached)) return accepted();
    // Without the frames of a spinner before it.
    return refused(stripVTControlCharacters(stdout + stderr).replace(/^.*?(?=Error: )/s, ""));
  }
}
