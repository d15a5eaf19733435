import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Environment } from "../environments.ts";
import { production } from "./production.ts";
import { staging } from "./staging.ts";

/**
 * The environments in AWS, by name. The account ids are examples from AWS's documentation, and the Atlas organization does
 * not exist: set your own. The provider rejects credentials of any other account.
 */
export const environments: Readonly<Record<DeployedEnvironment, Environment>> = { staging, production };
