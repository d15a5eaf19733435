import { redactText } from "../../service/platform/logging.ts";
import { OperatorError } from "../cli/errors.ts";

/** A call that HCP Terraform refused: the message says what happened, why, and what to do. */
export class HcpTerraformError extends OperatorError {
  override readonly name = "HcpTerraformError";
  readonly status: number;

  /**
   * @param call method and path, such as `GET /workspaces/ws-1`
   * @param said what the answer says of the reason
   */
  constructor(call: string, status: number, said: string) {
    super(
      `HCP Terraform answered ${call} with ${status}${said && ` (${redactText(said)})`}. ${advice(status)}`,
    );
    this.status = status;
  }
}

function advice(status: number): string {
  if (status === 401) {
    return "The token is unknown there or has expired. Run `terraform login`, or set TF_TOKEN_app_terraform_io to a new one.";
  }
  // It also says 404 of what the token may not see: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#authentication
  if (status === 403 || status === 404) {
    return "There is nothing of this name, or the token may not see it. Make it, or use a token of the organization's owners.";
  }
  if (status === 409)
    return "Something else is changing the same thing. Wait for its end, and run this again.";
  if (status === 422) return "It does not accept what was asked for. Correct what its message names.";
  if (status === 429)
    return "The token has used up its calls. Run this again in a minute: what is done stays done.";
  if (status >= 500)
    return "HCP Terraform itself has trouble: see https://status.hashicorp.com, and run this again.";
  return "This command and the API do not agree. Make the change by hand in HCP Terraform.";
}
