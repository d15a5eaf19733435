import { z } from "zod";
import type { Operation, OperationResponse, Parameter } from "./operation.ts";

export const appVersion: Parameter = {
  name: "X-App-Version",
  in: "header",
  description: "The semantic version of the app. Without it, the version is not checked.",
  schema: z.string().optional(),
  example: "1.4.2",
};

const ifNoneMatch: Parameter = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of the version that you have. If it is still current, the response is 304 and has no body.",
  schema: z.string().optional(),
  example: '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"',
};

/** Parameters and responses of an operation with an entity tag: 304 goes to a client that has this state already. */
export const withEtag = (
  response: OperationResponse,
  parameters: readonly Parameter[] = [],
): Pick<Operation, "parameters" | "responses"> => ({
  parameters: [...parameters, ifNoneMatch],
  responses: { 200: { ...response, headers: ["ETag"] }, 304: { description: "It has not changed", headers: ["ETag"] } },
});
