import { Command } from "commander";

/** Options after `npm start --`. */
export interface CommandLineOptions {
  /** Address to listen on, `true` for all addresses of this machine. @default the variable `HOST` */
  host?: string | true;
}

/** Parses the command line of the local server. A mistake in it, or `--help`, ends the process with a message. */
export const parseCommandLine = (words: readonly string[]): CommandLineOptions =>
  new Command("npm start --")
    .description("Starts the API on this machine.")
    .option(
      "--host [address]",
      "listen for phones on the same network, on one address or on all addresses of this machine",
    )
    .showHelpAfterError()
    .parse(words, { from: "user" })
    .opts<CommandLineOptions>();
