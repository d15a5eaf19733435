import { variables } from "../service/contract.ts";

/** The environment variables of a function whose AWS services are at `endpoint`. */
export function functionEnvironment(name: string, endpoint: string): Record<string, string> {
  return {
    [variables.environment]: name,
    [variables.apiUrl]: "https://api.test",
    [variables.corsOrigins]: "https://app.test",
    [variables.minimumAppVersion]: "0.0.0",
    [variables.trustedProxies]: "0",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: endpoint,
  };
}
