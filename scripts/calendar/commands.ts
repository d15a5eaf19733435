import type { Command } from "commander";
import { systemClock } from "../../service/platform/clock.ts";
import { jsonOption } from "../cli/options.ts";
import { printJson } from "../cli/output.ts";

/** Registers `calendar`. */
export function registerCalendar(program: Command): void {
  program
    .command("calendar")
    .description("list what expires or reaches its end, with the day by which to renew it")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nCalls no service. It exits with 1 if something is due within 120 days. See docs/calendar.md.",
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { describeDue, formatEntries, listEntries } = await import("./calendar.ts");
      const entries = listEntries(systemClock());
      const due = describeDue(entries);
      if (json) printJson({ entries });
      else for (const line of [...formatEntries(entries), ...due.map((each) => `\n${each}`)]) console.log(line);
      if (due.length > 0) process.exitCode = 1;
    });
}
