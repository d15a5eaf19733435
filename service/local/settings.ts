import { variables } from "../contract.ts";
import { setting, text } from "../settings.ts";
import type { LogFormat } from "./log-format.ts";

/** The variables of the local server itself. Those of backends are read in `backends.ts`. */
export const localSettings = {
  /** Not a secret: in AWS, every phone has one. */
  apiKey: text("API_KEY", "development"),
  minimumAppVersion: text(variables.minimumAppVersion, "0.0.0"),
  host: text("HOST", "localhost"),
  port: setting(
    "PORT",
    "a number from 0 to 65535, or unset it",
    (value) => (/^\d+$/.test(value) && Number(value) < 65_536 ? Number(value) : undefined),
    "3001",
  ),
  logFormat: setting<LogFormat>(
    "LOG_FORMAT",
    '"pretty" or to "json" (the format of Lambda), or unset it for "pretty"',
    (value) => (value === "pretty" || value === "json" ? value : undefined),
    "pretty",
  ),
};
