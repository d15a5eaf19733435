import { Command } from "commander";

/** What stands behind `npm start --`. */
export interface CommandLineOptions {
  /** Where to listen, `true` for all addresses of this machine. @default what `HOST` says */
  host?: string | true;
}

/** Reads the command line of the local server. A mistake in it, or `--help`, ends the process with a message. */
export const parseCommandLine = (words: readonly string[]): CommandLineOptions =>
  new Command("npm start --")
    .description("Starts the API on this machine.")
    .option(
      "--host [address]",
      "let a phone on the same network in, at one address or at all of this machine's",
    )
    .showHelpAfterError()
    .parse(words, { from: "user" })
    .opts<CommandLineOptions>();
