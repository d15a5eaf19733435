import type { Stacks } from "../../support/synthesize.ts";
import type { Request } from "./simulation.ts";

/** A request, in words and as AWS sees it. */
export interface NamedRequest extends Request {
  readonly name: string;
}

/** Removes one protection. */
export type Guard = (stacks: Stacks) => void;

/** A request that IAM denies. */
export interface DeniedRequest extends NamedRequest {
  /** Each removes a protection that denies the request by itself, even to a role whose policy allows it. Empty if there is none. */
  readonly guards: readonly Guard[];
}

export const request = (
  name: string,
  action: string,
  resource: string,
  context: Request["context"] = {},
): NamedRequest => ({ name, action, resource, context });

/** A request that comes through the VPC endpoint of its service, whose policy then counts too. */
export const endpointRequest = (...values: Parameters<typeof request>): NamedRequest => ({
  ...request(...values),
  throughEndpoint: true,
});

/** @param guards none: only the policies of the role do not allow the request */
export const denied = (allowed: NamedRequest, ...guards: readonly Guard[]): DeniedRequest => ({ ...allowed, guards });

/** A constructor of denied requests with the same guards. */
export const deniedBy =
  (...guards: readonly Guard[]) =>
  (...values: Parameters<typeof request>): DeniedRequest =>
    denied(request(...values), ...guards);

/** A request that only the missing permission denies. */
export const ungranted = deniedBy();
