import * as z from "zod";
import type { Operation, OperationResponse, Parameter } from "./operation.ts";

export const appVersion: Parameter = {
  name: "X-App-Version",
  in: "header",
  description: "The semantic version of the app. Without it, the version is not checked.",
  schema: z.string().optional(),
  example: "1.4.2",
};

const exampleEtag = '"1-CcmqAnwNWUUtyVZKE1kJuUcP0Hk"';

const ifMatch: Parameter = {
  name: "If-Match",
  in: "header",
  description:
    "The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens.",
  schema: z.string().optional(),
  example: exampleEtag,
};

/** Parameters of an operation that changes a resource with an entity tag, or deletes it. */
export const preconditions: readonly Parameter[] = [
  ifMatch,
  {
    ...ifMatch,
    name: "If-None-Match",
    description: "If it names the current version, the response is 412, and nothing happens.",
  },
];

/** Parameters and responses of an operation that reads a resource with an entity tag: 304 goes to a client that has this state. */
export const withEtag = (
  response: OperationResponse,
  parameters: readonly Parameter[] = [],
): Pick<Operation, "parameters" | "responses"> => ({
  parameters: [
    ...parameters,
    { ...ifMatch, description: "If it does not name the current version, the response is 412." },
    {
      ...ifMatch,
      name: "If-None-Match",
      description:
        "The `ETag` of the version that you have. If it is still current, the response is 304 and has no body.",
    },
  ],
  responses: { 200: { ...response, headers: ["ETag"] }, 304: { description: "It has not changed", headers: ["ETag"] } },
});
