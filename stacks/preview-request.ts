import { ConstructError } from "./errors.ts";

/** A preview that a synthesis is asked for. */
export interface PreviewRequest {
  /** Number of the pull request. */
  readonly pullRequest: number;
  /** When it may be destroyed, in RFC 3339 and UTC, such as `2026-12-06T09:00:00Z`. */
  readonly expiresAt: string;
}

/** Variables with which `npm run ops -- preview create` asks for a preview. A synthesis without them has none. */
export const previewVariables = { pullRequest: "ECOBEAT_PREVIEW", expiresAt: "ECOBEAT_PREVIEW_EXPIRES" } as const;

/** Names of what the deployment of a preview reports. */
export const previewOutputs = { url: "url", apiKey: "api-key" } as const;

/** The variables that ask for a preview. */
export const toPreviewVariables = ({ pullRequest, expiresAt }: PreviewRequest): Record<string, string> => ({
  [previewVariables.pullRequest]: `${pullRequest}`,
  [previewVariables.expiresAt]: expiresAt,
});

/**
 * Reads which preview the synthesis is asked for.
 *
 * @returns undefined without a request
 * @throws {ConstructError} if the request is incomplete or wrong
 */
export function readPreviewRequest(variables: NodeJS.ProcessEnv): PreviewRequest | undefined {
  const { [previewVariables.pullRequest]: number = "", [previewVariables.expiresAt]: expiresAt = "" } = variables;
  if (!number && !expiresAt) return undefined;
  if (/^[1-9]\d{0,6}$/.test(number) && isDateTime(expiresAt)) return { pullRequest: Number(number), expiresAt };
  throw new ConstructError("preview-request-invalid", {
    what: "No stack was synthesized: the request for a preview is wrong.",
    why: `${previewVariables.pullRequest} is "${number}" and ${previewVariables.expiresAt} is "${expiresAt}".`,
    action:
      "Set them to the number of a pull request and a time such as 2026-12-06T09:00:00Z, as `npm run ops -- preview create` does, " +
      "or unset both.",
  });
}

const isDateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));
