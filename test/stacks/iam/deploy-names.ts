import { parameterPath, type parameters } from "../../../service/contract.ts";
import type { Environment } from "../../../stacks/environments.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import { getArn, resolveReferences } from "./resolve-references.ts";

/** ARNs in an environment, as those who deploy it ask for them. */
export class DeployNames {
  readonly environment: Environment;
  /** Such as `ecobeat-staging`. */
  readonly prefix: string;
  readonly signingKey: string;
  readonly dataKey: string;
  readonly boundary: string;
  readonly backupBucket: string;

  constructor(stacks: Stacks, environment: Environment) {
    this.environment = environment;
    this.prefix = `ecobeat-${environment.name}`;
    const keys = resources(resolveReferences(stacks), "aws_kms_key").filter(
      ({ stackName }) => stackName === `${this.prefix}-foundation`,
    );
    const keyNamed = (id: string) => getArn(keys.find((key) => key.id.startsWith(`${id}_`))!);
    this.signingKey = keyNamed("signing-key");
    this.dataKey = keyNamed("data-key");
    this.boundary = `arn:aws:iam::${environment.accountId}:policy/deploy/${this.prefix}-boundary`;
    this.backupBucket = `arn:aws:s3:::${this.prefix}-backups-${environment.accountId}`;
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.environment.region}:${this.environment.accountId}:${resource}`;
  }

  role(suffix: string): string {
    return `arn:aws:iam::${this.environment.accountId}:role/${this.prefix}-${suffix}`;
  }

  deployRole(phase: string): string {
    return `arn:aws:iam::${this.environment.accountId}:role/deploy/${this.prefix}-deploy-${phase}`;
  }

  parameter(parameter: (typeof parameters)[keyof typeof parameters]): string {
    return this.arn("ssm", `parameter${parameterPath(this.environment.name, parameter)}`);
  }
}
