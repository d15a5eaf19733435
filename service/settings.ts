import { ConfigurationError, required } from "./config.ts";
import { type DeployedEnvironment, variables } from "./contract.ts";

/** Reads an environment variable. */
type Setting<T> = (environment: NodeJS.ProcessEnv) => T;

/**
 * An environment variable that may be any text. An empty one counts as unset.
 * @param fallback its text where it is unset; @default it must be set
 */
export const text =
  <T extends string = string>(variable: string, fallback?: T): Setting<T> =>
  (environment) =>
    fallback === undefined
      ? (required(environment, variable) as T)
      : ((environment[variable] || fallback) as T);

/**
 * A setting whose text is read as something else.
 * @param allowed what to set it to, for the message that refuses anything else
 * @param read returns undefined for a text that is refused
 */
export const setting =
  <T>(
    variable: string,
    allowed: string,
    read: (text: string) => T | undefined,
    fallback?: string,
  ): Setting<T> =>
  (environment) => {
    const given = text(variable, fallback)(environment);
    const value = read(given);
    if (value !== undefined) return value;
    throw new ConfigurationError(`${variable} is "${given}". Set it to ${allowed}.`);
  };

/** The variables of the functions that answer requests. No zod schema: zod would load at each cold start. */
export const functionSettings = {
  apiUrl: text(variables.apiUrl),
  corsOrigins: (environment: NodeJS.ProcessEnv) => required(environment, variables.corsOrigins).split(","),
  minimumAppVersion: text(variables.minimumAppVersion),
  trustedProxies: setting(variables.trustedProxies, "a whole number", (value) =>
    /^\d+$/.test(value) ? Number(value) : undefined,
  ),
  environment: text<DeployedEnvironment>(variables.environment),
  docsPage: text<"on" | "off">(variables.docsPage, "off"),
};

/** The text of each variable of the functions that answer requests; one that may be unset is optional. */
export type ServiceVariables = {
  [Name in Exclude<keyof typeof functionSettings, "docsPage"> as (typeof variables)[Name]]: string;
} & { [variables.docsPage]?: "on" };

/**
 * The values of some settings, by their names.
 * @throws {ConfigurationError} for a variable that is not set, or is set to what it cannot be
 */
export const readSettings = <S extends Record<string, Setting<unknown>>>(
  settings: S,
  environment: NodeJS.ProcessEnv,
): { [Name in keyof S]: ReturnType<S[Name]> } =>
  Object.fromEntries(Object.entries(settings).map(([name, read]) => [name, read(environment)])) as never;
