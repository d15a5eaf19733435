import { parameterPath } from "../../../service/contract.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { resources } from "../rules/resources.ts";
import { getArn } from "./resolve-references.ts";
import { simulatedStacks } from "./simulation.ts";

/** Names and ARNs in an environment, as requests contain them. */
export class EnvironmentNames {
  readonly environment: Environment;
  /** Such as `ecobeat-staging`. */
  readonly prefix: string;
  readonly foundation: string;
  readonly backupBucket: string;
  readonly boundary: string;

  constructor(environment: Environment) {
    const { name, region, accountId } = environment;
    this.environment = environment;
    this.prefix = `ecobeat-${name}`;
    this.foundation = `${this.prefix}-foundation`;
    this.backupBucket = `arn:aws:s3:::${this.prefix}-backups-${region}-${accountId}`;
    this.boundary = this.iam(`policy/deploy/${this.prefix}-boundary-${region}`);
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.environment.region}:${this.environment.accountId}:${resource}`;
  }

  iam(resource: string): string {
    return `arn:aws:iam::${this.environment.accountId}:${resource}`;
  }

  function(id: string): string {
    return this.arn("lambda", `function:${this.prefix}-${id}`);
  }

  /** Name of the role of a function or service. */
  roleName(suffix: string): string {
    return `${this.prefix}-${suffix}-${this.environment.region}`;
  }

  role(suffix: string): string {
    return this.iam(`role/${this.roleName(suffix)}`);
  }

  /** Name of a role of runs or workflows. */
  deployRoleName(task: string): string {
    return this.roleName(`deploy-${task}`);
  }

  deployRole(task: string): string {
    return this.iam(`role/deploy/${this.deployRoleName(task)}`);
  }

  parameter(name: Parameters<typeof parameterPath>[1]): string {
    return this.arn("ssm", `parameter${parameterPath(this.environment.name, name)}`);
  }

  /** The key of the foundation whose id in Terraform begins so. */
  key(id: string): string {
    const key = resources(simulatedStacks(), "aws_kms_key").find(
      (each) => each.stackName === this.foundation && each.id.startsWith(`${id}_`),
    );
    return getArn(key!);
  }

  /** The same names of the environment with which this one shares nothing. */
  withOther(environment: Environment): EnvironmentNames {
    return new EnvironmentNames(environment);
  }
}
