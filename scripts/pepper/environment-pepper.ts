import { randomBytes } from "node:crypto";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { formatPepperParameter, type PepperParameter, parsePepperParameter } from "../../service/auth/peppers.ts";
import { type DeployedEnvironment, minPepperBytes, parameterPath, parameters } from "../../service/contract.ts";
import { dataKeyAlias } from "../../stacks/names.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";

/** The peppers, and the version of the parameter that they were read from. */
export interface PeppersSnapshot {
  readonly peppers: PepperParameter;
  readonly version: number;
}

/** A new pepper, in base64: as many random bytes as SHA-256 outputs, which uses it as its key. */
export const createPepper = (): string => randomBytes(minPepperBytes).toString("base64");

/** The parameter of an environment's peppers. Their values never leave this process but for SSM. */
export class EnvironmentPepper {
  readonly #environment: DeployedEnvironment;
  readonly #ssm: SSMClient;
  readonly #name: string;

  constructor(environment: DeployedEnvironment, region: string) {
    this.#environment = environment;
    this.#ssm = new SSMClient({ region, requestHandler: createRequestLimits() });
    this.#name = parameterPath(environment, parameters.refreshTokenPepper);
  }

  /** @throws {OperatorError} if the parameter does not exist, or is malformed */
  async read(): Promise<PeppersSnapshot> {
    const { Parameter } = await this.#ssm
      .send(new GetParameterCommand({ Name: this.#name, WithDecryption: true }))
      .catch((error: Error) => {
        if (!(error instanceof ParameterNotFound)) throw error;
        throw new OperatorError("pepper-not-created", {
          what: `The parameter ${this.#name} does not exist.`,
          why: "The first pepper is created when the environment is set up.",
          action: `Run \`secrets create --environment ${this.#environment}\`.`,
        });
      });
    const peppers = parsePepperParameter(Parameter!.Value!);
    if (peppers) return { peppers, version: Parameter!.Version! };
    throw new OperatorError("pepper-malformed", {
      what: `The parameter ${this.#name} is malformed.`,
      why: "It is neither a pepper in base64 nor one with stages.",
      action: "Restore an earlier version of it: docs/pepper.md.",
    });
  }

  /**
   * Stores changed stages.
   * @param snapshot the stages before the change
   * @throws {OperatorError} if another user has changed them since; after a write at the same instant, either write is stored
   */
  async write(peppers: PepperParameter, snapshot: PeppersSnapshot): Promise<void> {
    // SSM has no conditional writes: another user can still write between these two calls.
    if ((await this.read()).version !== snapshot.version) {
      throw new OperatorError("pepper-stages-changed", {
        what: "Nothing was written.",
        why: `Another user has changed ${this.#name} since it was read.`,
        action: "Run `pepper list` to see the stages, and agree on who continues.",
      });
    }
    const { Version } = await this.#ssm.send(
      new PutParameterCommand({
        Name: this.#name,
        Value: formatPepperParameter(peppers),
        Type: "SecureString",
        KeyId: dataKeyAlias(this.#environment),
        Overwrite: true,
      }),
    );
    if (Version === snapshot.version + 1) return;
    throw new OperatorError("pepper-stages-changed-concurrently", {
      what: `The stages in ${this.#name} may not be the intended ones.`,
      why: "Another user changed them at the same time, and SSM keeps the last write.",
      action: "Run `pepper list` to see the stages, and agree on who continues. Restore a lost pepper: docs/pepper.md.",
    });
  }
}
