import { readParameters } from "../../../service/cloud/parameters.ts";
import { type DeployedEnvironment, parameterPath } from "../../../service/contract.ts";
import { OperatorError } from "../../cli/errors.ts";
import { type ProbeAccount, probeAccountParameter } from "./contract.ts";

/**
 * The account with which new versions and the public API are tested.
 * @throws {OperatorError} if its parameter is not JSON, and an error of SSM or of the configuration if it cannot be read
 */
export async function readProbeAccount(environment: DeployedEnvironment): Promise<ProbeAccount> {
  const getParameter = await readParameters(environment, [probeAccountParameter]);
  const value = getParameter(probeAccountParameter);
  try {
    return JSON.parse(value);
  } catch {
    // Without the cause, which contains the value.
    throw new OperatorError("probe-account-invalid", {
      what: "Nothing was tested.",
      why: `The SSM parameter ${parameterPath(environment, probeAccountParameter)} is not JSON.`,
      action: "Delete it, and create it again with `npm run ops -- secrets create`.",
    });
  }
}
