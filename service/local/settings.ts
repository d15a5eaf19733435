import { androidPackage } from "../company.ts";
import { variables } from "../contract.ts";
import { list, setting, text } from "../settings.ts";
import type { LogFormat } from "./log-format.ts";

/** The variables of the local server itself. Those of backends are read in `backends.ts`. */
export const localSettings = {
  /** Not a secret: in AWS, every phone has one. */
  apiKey: text("API_KEY", "development"),
  minimumAppVersion: text(variables.minimumAppVersion, "0.0.0"),
  // Examples, so that `/docs` shows the files with them. No phone reads those of this machine.
  appleAppIds: list(variables.appleAppIds, `ABCDE12345.${androidPackage}`),
  androidCertificates: list(variables.androidCertificates, Array(32).fill("0A").join(":")),
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
