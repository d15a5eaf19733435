import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { bundleProgram } from "./programs.ts";

/** The service with its backends in the same process, as a folder to `require`. */
export const bundleInProcessService = (): Promise<string> => bundleProgram("bench/entries/service-in-process.ts");

export const bundleUnobservedService = (): Promise<string> => bundleProgram("bench/entries/service-unobserved.ts");

export const bundleEmptyExpress = (): Promise<string> => bundleProgram("bench/entries/empty-express.ts");

export const password = "a long passphrase";

export const createRegistration = (email = "ann@example.com") =>
  toApiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: { email, password, name: "Ann" } });

export const createLogin = (email: string, attempt = password) =>
  toApiGatewayEvent({ method: "POST", path: "/v1/auth/login", body: { email, password: attempt } });
