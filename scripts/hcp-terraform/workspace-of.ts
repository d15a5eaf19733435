import { ConfigurationError } from "../../service/config.ts";
import { objectAt, type Stack } from "../terraform/synthesis.ts";

/** Where a stack keeps its state in HCP Terraform. */
export interface Place {
  readonly organization: string;
  readonly project: string;
  /** Name of the workspace. */
  readonly name: string;
}

/** @throws {ConfigurationError} if the stack keeps its state elsewhere */
export function workspaceOf({ name: stack, configuration }: Stack): Place {
  const { organization } = objectAt(configuration, "terraform", "cloud");
  const { name, project } = objectAt(configuration, "terraform", "cloud", "workspaces");
  if (typeof organization !== "string" || typeof name !== "string" || typeof project !== "string") {
    throw new ConfigurationError(
      `${stack} names no organization, project and workspace of HCP Terraform. Give it the backend of the other stacks.`,
    );
  }
  return { organization, project, name };
}
