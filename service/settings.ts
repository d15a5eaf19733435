import { ConfigurationError, required } from "./config.ts";
import { type DeployedEnvironment, variables } from "./contract.ts";

/** Reads an environment variable. */
type Setting<T> = (environment: NodeJS.ProcessEnv) => T;

/**
 * An environment variable with any text. An empty one counts as unset.
 * @param fallback its text if it is unset; @default it must be set
 */
export const text =
  <T extends string = string>(variable: string, fallback?: T): Setting<T> =>
  (environment) =>
    fallback === undefined ? (required(environment, variable) as T) : ((environment[variable] || fallback) as T);

/**
 * An environment variable whose text is parsed.
 * @param allowed the allowed values, for the error message
 * @param read returns undefined for a value that is not allowed
 */
export const setting =
  <T>(variable: string, allowed: string, read: (text: string) => T | undefined, fallback?: string): Setting<T> =>
  (environment) => {
    const given = text(variable, fallback)(environment);
    const value = read(given);
    if (value !== undefined) return value;
    throw new ConfigurationError(`${variable} is "${given}". Set it to ${allowed}.`);
  };

/** An environment variable with any text, or none. An empty one counts as unset. */
export const optionalText =
  (variable: string): Setting<string | undefined> =>
  (environment) =>
    environment[variable] || undefined;

/** An environment variable with a comma-separated list. An unset one is an empty list. */
export const list =
  (variable: string, fallback = ""): Setting<string[]> =>
  (environment) =>
    (environment[variable] || fallback).split(",").filter(Boolean);

/** The variables of the functions that serve requests. No zod schema: zod would load at each cold start. */
export const functionSettings = {
  apiUrl: text(variables.apiUrl),
  corsOrigins: (environment: NodeJS.ProcessEnv) => required(environment, variables.corsOrigins).split(","),
  minimumAppVersion: text(variables.minimumAppVersion),
  trustedProxies: setting(variables.trustedProxies, "a whole number", (value) =>
    /^\d+$/.test(value) ? Number(value) : undefined,
  ),
  environment: text<DeployedEnvironment>(variables.environment),
  docsPage: text<"on" | "off">(variables.docsPage, "off"),
  appleAppIds: list(variables.appleAppIds),
  androidCertificates: list(variables.androidCertificates),
  databaseName: optionalText(variables.databaseName),
  cacheName: optionalText(variables.cacheName),
  mailQueueUrl: optionalText(variables.mailQueueUrl),
};

/** Settings that may be unset. */
type OptionalSetting =
  | "docsPage"
  | "appleAppIds"
  | "androidCertificates"
  | "databaseName"
  | "cacheName"
  | "mailQueueUrl";

/** The text of each variable of the functions that serve requests. A variable that may be unset is optional. */
export type ServiceVariables = {
  [Name in Exclude<keyof typeof functionSettings, OptionalSetting> as (typeof variables)[Name]]: string;
} & { [variables.docsPage]?: "on" } & {
  [Name in Exclude<OptionalSetting, "docsPage"> as (typeof variables)[Name]]?: string;
};

/** The variables of the function that sends mails. */
export const mailSenderSettings = {
  apiUrl: text(variables.apiUrl),
  mailFrom: text(variables.mailFrom),
  mailConfigurationSet: text(variables.mailConfigurationSet),
  mailsPerSecond: setting(variables.mailsPerSecond, "a whole number from 1", (value) =>
    /^[1-9]\d*$/.test(value) ? Number(value) : undefined,
  ),
  mailPreviews: text<"on" | "off">(variables.mailPreviews, "off"),
};

/** The text of each of them. A variable that may be unset is optional. */
export type MailSenderVariables = {
  [Name in Exclude<keyof typeof mailSenderSettings, "mailPreviews"> as (typeof variables)[Name]]: string;
} & { [variables.mailPreviews]?: "on" };

/** The variables of the function through which support acts. */
export const supportSettings = {
  apiUrl: text(variables.apiUrl),
  environment: text<DeployedEnvironment>(variables.environment),
  mailQueueUrl: text(variables.mailQueueUrl),
};

/** The text of each of them. */
export type SupportVariables = { [Name in keyof typeof supportSettings as (typeof variables)[Name]]: string };

/**
 * The values of settings, by name.
 * @throws {ConfigurationError} for a variable that is not set, or has a value that is not allowed
 */
export const readSettings = <S extends Record<string, Setting<unknown>>>(
  settings: S,
  environment: NodeJS.ProcessEnv,
): { [Name in keyof S]: ReturnType<S[Name]> } =>
  Object.fromEntries(Object.entries(settings).map(([name, read]) => [name, read(environment)])) as never;
