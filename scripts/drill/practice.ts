import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { namePrefix } from "../../service/company.ts";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { toRunbookUrl } from "../../stacks/environments/shared.ts";
import { formatExports } from "../shell-variables/shell-variables.ts";
import type { AlarmRoute } from "./alarm-route.ts";
import { unsupportedCommands } from "./runbook-runner.ts";

/** The account of a user, for runbooks that end with a login. */
export interface TestAccount {
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
}

export interface PracticeOptions extends Pick<AlarmRoute, "alarm" | "route" | "practice"> {
  readonly environment: DeployedEnvironment;
  /** Of the scenario. */
  readonly runbook: string;
  /** When the disaster began, in ISO 8601. */
  readonly since: string;
  readonly account: TestAccount;
}

/** What an engineer is told at the beginning: the message that calls them, and what replaces what this machine does not have. */
export function formatBriefing(options: PracticeOptions): string[] {
  const { environment, alarm, route, runbook, practice, since, account } = options;
  const fill = (text: string) => text.replaceAll("<environment>", environment).replaceAll("<since>", since);
  const { message, observations } = practice;
  const called = alarm
    ? [
        `E-mail: ALARM: "${toNamePrefix(environment)}${alarm}"`,
        `        ${fill(message)} Runbook: ${toRunbookUrl(route?.[0]?.name ?? runbook)}`,
      ]
    : [`Incident channel: ${fill(message)}`];
  const login = JSON.stringify({ email: account.email, password: account.password });
  return [
    ...called,
    "",
    "Everything runs on this machine. Begin with runbooks/README.md, in the working tree. A link to a runbook leads to a file in runbooks/.",
    "",
    "What this machine does not have, and what you would see:",
    ...["Atlas, AWS and GitHub consoles: you are signed in, with all roles.", ...observations].map(
      (line) => `  - ${fill(line)}`,
    ),
    "  - Alarms: they return to OK when the check of the runbook succeeds.",
    `  - The emulator fails on these commands, or they need HCP Terraform. Skip them: ${unsupportedCommands.join(", ")}`,
    "  - A login with the test account:",
    `    curl -sS -w '\\n' -H 'x-api-key: ${account.apiKey}' -H 'content-type: application/json' -d '${login}' "$API/v1/auth/login"`,
  ];
}

/**
 * Waits until a person has followed a runbook in another terminal.
 * @param briefing what to print first
 * @param variables what the shell of the person has
 * @param signal ends the waiting with an error
 * @param until when the person returns, such as `after step 3 of runbooks/region-loss.md`
 */
export async function waitForPerson(
  briefing: readonly string[],
  { PATH: _path, HOME: _home, ...variables }: NodeJS.ProcessEnv,
  signal: AbortSignal,
  until = "when you see what *How to check* says",
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${namePrefix}-drill-practice-`));
  try {
    const file = join(folder, "variables");
    await writeFile(file, `${formatExports(variables as Record<string, string>)}${printVariables}`, { mode: 0o600 });
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Readline takes Ctrl-C, which is to stop the drill.
    terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    const lines = [
      "",
      ...briefing,
      "",
      "In another terminal, in this folder, run this line in place of `source <(npm run -s ops -- env ...)`:",
      "",
      `    source ${file}`,
      "",
      `Press Enter here ${until}. `,
    ];
    const answered = terminal.question(lines.join("\n"), { signal });
    await Promise.race([answered, once(terminal, "close")]).finally(() => terminal.close());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As `ops env` prints them. */
const printVariables = 'echo "$ENVIRONMENT: account $ACCOUNT, $AWS_REGION, $API" >&2\n';
