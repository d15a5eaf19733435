import { OperatorError } from "./errors.ts";

/** Whether a host name of a URL is this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/**
 * Reads the URL of a service to which credentials are sent.
 *
 * @param name the variable; unset or empty, `defaultUrl` applies
 * @throws {OperatorError} unless it uses HTTPS, or HTTP on this machine
 */
export function readServiceUrl(variables: NodeJS.ProcessEnv, name: string, defaultUrl: string): URL {
  const url = URL.parse(variables[name] || defaultUrl);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw new OperatorError("insecure-service-url", {
    what: `${name} is not an https:// URL.`,
    why: "The credentials would be readable on the network.",
    action: `Correct it, or unset it to use ${defaultUrl}.`,
  });
}
