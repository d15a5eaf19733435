import { text as readText } from "node:stream/consumers";
import { type Command, InvalidArgumentError, Option } from "commander";
import { reasonCharacters } from "../../service/support/reason.ts";
import { dryRunOption, environmentOption, jsonOption, userIdParser, yesOption } from "../cli/options.ts";
import { createLog, printJson, warn } from "../cli/output.ts";
import { promptTerminal } from "../cli/prompt.ts";
import type { ChangeOptions, SupportOptions } from "./users.ts";

type Options<Own = object> = SupportOptions & Own & { readonly json?: boolean };

type Showing = Options<{ readonly show?: boolean }>;

/** Registers `users`. */
export function registerUsers(program: Command): void {
  const users = program
    .command("users")
    .description("help a user: each action is in the audit log, with your AWS identity and the reason");

  const add = (name: string, description: string): Command =>
    users
      .command(name)
      .description(description)
      .addOption(environmentOption().makeOptionMandatory())
      .addOption(reasonOption())
      .addOption(jsonOption());
  const addOfUser = (name: string, description: string): Command =>
    add(name, description).argument(
      "<id>",
      "the id of the user: `users find` prints it",
      userIdParser("`users find` prints it"),
    );

  add("find", "find the account with an e-mail address")
    .argument("<email>", "the address, or - to enter it: then it is not in the history of your shell")
    .addOption(showOption())
    .action(async (given: string, { json, show, ...options }: Showing) => {
      const { act, formatUser } = await load();
      const email = given === "-" ? await readEmail() : given;
      const result = await act(options, "find", { email, ...(show && { show }) });
      print(json, result, formatUser(result.user));
    });

  addOfUser("show", "show an account: dates, and the numbers of sessions and activities")
    .addOption(showOption())
    .action(async (user_id: string, { json, show, ...options }: Showing) => {
      const { act, formatUser } = await load();
      const result = await act(options, "show", { user_id, ...(show && { show }) });
      print(json, result, formatUser(result.user));
    });

  addOfUser("sessions", "list the open sessions of an account")
    .addOption(showOption())
    .action(async (user_id: string, { json, show, ...options }: Showing) => {
      const { act, formatSessions } = await load();
      const result = await act(options, "sessions", { user_id, ...(show && { show }) });
      print(json, result, formatSessions(result));
    });

  addOfUser("end-sessions", "end all sessions of an account: the user must log in again")
    .addOption(yesOption())
    .addOption(dryRunOption("print the account without ending its sessions"))
    .action(async (id: string, { json, ...options }: Options<ChangeOptions>) => {
      const { change } = await load();
      const result = await change(options, "end-sessions", id, (user) => `This ends all sessions of ${user}`);
      const line =
        "ended" in result
          ? `ended ${result.ended} sessions; access tokens stay valid for up to 15 minutes`
          : `would end ${result.user.sessions} sessions`;
      print(json, result, [line]);
    });

  addOfUser("export", "write all data of an account to a file, as the API exports it; it prints none of it")
    .requiredOption("--to <file>", "the file, which must not exist; only you can read it")
    .addOption(dryRunOption("print how many activities it would write"))
    .action(async (id: string, { json, dryRun, ...options }: Options<{ to: string; dryRun?: boolean }>) => {
      const { act, exportUser } = await load();
      if (dryRun) {
        const { user } = await act(options, "show", { user_id: id });
        return print(json, { dryRun, user }, [`would write ${user.activities} activities to ${options.to}`]);
      }
      const result = await exportUser(options, id, createLog(json));
      if (!result.emailVerified) warn("The address of the account is not confirmed: make sure who asks for its data.");
      print(json, result, [
        `wrote ${result.activities} activities to ${result.file}. Delete it when it is handed over.`,
      ]);
    });

  addOfUser("delete", "delete an account with all its data")
    .addOption(yesOption())
    .addOption(dryRunOption("print the account without deleting it"))
    .action(async (id: string, { json, ...options }: Options<ChangeOptions>) => {
      const { change } = await load();
      const result = await change(options, "delete", id, (user) => `This permanently deletes ${user}`);
      const line =
        "deleted" in result
          ? `${result.deleted ? "deleted" : "was deleted before"}, at ${result.deleted_at}`
          : `would delete ${result.user.id} with ${result.user.activities} activities`;
      print(json, result, [line]);
    });

  addOfUser("resend", "mail the link again that confirms the address of an account")
    .addOption(dryRunOption("print whether the address is confirmed"))
    .action(async (user_id: string, { json, dryRun, ...options }: Options<{ dryRun?: boolean }>) => {
      const { act } = await load();
      const confirmed = "the address is confirmed: there is nothing to send";
      if (dryRun) {
        const { user } = await act(options, "show", { user_id });
        return print(json, { dryRun, user }, [user.email_verified ? confirmed : "would queue the mail"]);
      }
      const result = await act(options, "resend", { user_id });
      print(json, result, [result.queued ? "queued the mail; its link is valid for 24 hours" : confirmed]);
    });

  addOfUser("audit", "list what support has done with an account, and who").action(
    async (user_id: string, { json, ...options }: Options) => {
      const { act, formatAudit } = await load();
      const result = await act(options, "audit", { user_id });
      print(json, result, formatAudit(result));
    },
  );

  users.addHelpText(
    "after",
    "\nIt calls a Lambda function through its URL, signed with your credentials, and needs the policy that docs/support.md names. " +
      "Addresses, names and devices are masked without --show.",
  );
}

/** The library, at its first use. */
async function load() {
  const [library, format] = await Promise.all([import("./users.ts"), import("./format.ts")]);
  return { ...library, ...format };
}

function print(json: boolean | undefined, result: object, lines: readonly string[]): void {
  if (json) printJson(result);
  else for (const line of lines) createLog()(line);
}

const showOption = (): Option => new Option("--show", "show personal data as it is; the audit log says so");

const reasonOption = (): Option =>
  new Option("--reason <text>", "why: a ticket, and no personal data")
    .argParser((text) => {
      const { length } = [...text.trim()];
      if (length >= reasonCharacters.min && length <= reasonCharacters.max) return text.trim();
      throw new InvalidArgumentError(`It must have ${reasonCharacters.min} to ${reasonCharacters.max} characters.`);
    })
    .makeOptionMandatory();

/** Reads an address at the terminal, or all of standard input. */
const readEmail = async (): Promise<string> =>
  (await promptTerminal("E-mail address: ")) ?? (await readText(process.stdin)).trim();
