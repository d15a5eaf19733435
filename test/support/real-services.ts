import { describe } from "mocha";

/**
 * A suite that needs a real service. Without the variable that names the service, its tests count as skipped and their
 * title says why; with it, a service that does not answer fails them.
 */
export function describeWith(variable: string, title: string, body: () => void): void {
  if (process.env[variable]) describe(title, body);
  else describe.skip(`${title} (skipped: ${variable} is not set)`, body);
}
