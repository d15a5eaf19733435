import { required } from "../config.ts";

/** The credentials of the function's role, which Lambda sets in the variables of each execution environment. */
export function environmentCredentials() {
  return {
    accessKeyId: required(process.env, "AWS_ACCESS_KEY_ID"),
    secretAccessKey: required(process.env, "AWS_SECRET_ACCESS_KEY"),
    ...(process.env.AWS_SESSION_TOKEN && { sessionToken: process.env.AWS_SESSION_TOKEN }),
  };
}
