import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { DeploymentStatus } from "@aws-sdk/client-codedeploy";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { type FakeAppSpec, FakeDeployment, type FakeDeploymentGroup, type Hook } from "./fake-deployment.ts";

/** An error response of CodeDeploy: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Operations.html */
class CodeDeployError extends Error {
  readonly code: string;
  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

const version = z.string().regex(/^[1-9]\d*$/);
const specSchema = z.strictObject({
  version: z.literal("0.0"),
  Resources: z.tuple([
    z.record(
      z.string(),
      z.strictObject({
        Type: z.literal("AWS::Lambda::Function"),
        Properties: z.strictObject({
          Name: z.string(),
          Alias: z.string(),
          CurrentVersion: version,
          TargetVersion: version,
        }),
      }),
    ),
  ]),
  Hooks: z.tuple([z.strictObject({ BeforeAllowTraffic: z.string() })]).optional(),
});
const revisionSchema = z.strictObject({
  revisionType: z.literal("AppSpecContent"),
  appSpecContent: z.strictObject({ content: z.string(), sha256: z.string() }),
});
const groupSchema = { applicationName: z.string().max(100), deploymentGroupName: z.string().max(100) };
const alarmSchema = z.strictObject({
  enabled: z.boolean(),
  ignorePollAlarmFailure: z.boolean(),
  alarms: z.array(z.strictObject({ name: z.string() })).max(10),
});
/** Valid inputs; the fake refuses any other. */
const inputs = {
  CreateDeployment: z.strictObject({
    ...groupSchema,
    revision: revisionSchema,
    overrideAlarmConfiguration: alarmSchema.optional(),
  }),
  GetApplicationRevision: z.strictObject({
    applicationName: z.string(),
    revision: z.strictObject({
      revisionType: z.literal("AppSpecContent"),
      appSpecContent: z.strictObject({ sha256: z.string() }),
    }),
  }),
  GetDeploymentGroup: z.strictObject(groupSchema),
  GetDeployment: z.strictObject({ deploymentId: z.string() }),
  ListDeployments: z.strictObject({ ...groupSchema, includeOnlyStatuses: z.array(z.enum(DeploymentStatus)) }),
  StopDeployment: z.strictObject({ deploymentId: z.string(), autoRollbackEnabled: z.boolean() }),
  PutLifecycleEventHookExecutionStatus: z.strictObject({
    deploymentId: z.string(),
    lifecycleEventHookExecutionId: z.string(),
    status: z.enum(["Succeeded", "Failed"]),
  }),
};

/** Responds as CodeDeploy does for Lambda, and updates aliases as it does. */
export class FakeCodeDeploy {
  readonly deployments: FakeDeployment[] = [];
  /** Runs before each call, for example to delay it. */
  beforeCall: () => Promise<void> = async () => {};
  /** The function that an AppSpec names: it must report its result. */
  hook: Hook = async ({ DeploymentId }) => {
    this.#find(DeploymentId).hookResult = "Succeeded";
  };
  /** Names of the alarms in ALARM. */
  firingAlarms: () => readonly string[] = () => [];
  /** Whether the caller may call UpdateDeploymentGroup, as an override of alarms requires. */
  mayUpdateGroups = true;
  /** Runs after a deployment has ended, and before the one that rolls it back exists. */
  beforeRollback: () => Promise<unknown> = () => wait(300);
  /** Runs while that one is in progress, before it shifts the traffic. */
  duringRollback: () => Promise<unknown> = () => wait(300);
  /** Overrides of alarms, by deployment. */
  readonly alarmOverrides = new Map<string, z.infer<typeof alarmSchema>>();
  /** By name. All roll back a deployment that fails, is stopped, or makes an alarm fire. */
  readonly groups: Record<string, FakeDeploymentGroup>;
  readonly #application: string;
  readonly #lambda: LambdaClient;
  readonly #work: Promise<unknown>[] = [];
  #running = 0;

  constructor(application: string, groups: Record<string, FakeDeploymentGroup>, lambda: LambdaClient) {
    this.#application = application;
    this.groups = groups;
    this.#lambda = lambda;
  }

  /** Whether all deployments have ended, and CodeDeploy starts none to roll one back. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Waits until all deployments have ended. */
  async waitUntilIdle(): Promise<void> {
    for (const each of this.#work) await each;
  }

  /** @returns the response to an operation of CodeDeploy's JSON protocol */
  async respond(operation: string, body: string): Promise<{ status: number; body: string }> {
    await this.beforeCall();
    try {
      return { status: 200, body: JSON.stringify(this.#dispatch(operation, JSON.parse(body))) };
    } catch (error) {
      if (!(error instanceof CodeDeployError)) throw error;
      return { status: 400, body: JSON.stringify({ __type: error.code, message: error.message }) };
    }
  }

  #dispatch(operation: string, body: unknown): object {
    switch (operation) {
      case "CreateDeployment":
        return this.#create(parseInput(inputs.CreateDeployment, body));
      case "GetApplicationRevision":
        return this.#getRevision(parseInput(inputs.GetApplicationRevision, body));
      case "GetDeploymentGroup":
        return this.#getGroup(parseInput(inputs.GetDeploymentGroup, body));
      case "GetDeployment":
        return this.#getDeployment(parseInput(inputs.GetDeployment, body).deploymentId);
      case "ListDeployments":
        return this.#list(parseInput(inputs.ListDeployments, body));
      case "StopDeployment":
        return this.#stop(parseInput(inputs.StopDeployment, body).deploymentId);
      case "PutLifecycleEventHookExecutionStatus":
        return this.#putStatus(parseInput(inputs.PutLifecycleEventHookExecutionStatus, body));
      default:
        throw new CodeDeployError("UnknownOperationException", `The fake has no ${operation}`);
    }
  }

  #create({ revision, overrideAlarmConfiguration: override, ...names }: z.infer<typeof inputs.CreateDeployment>) {
    const group = this.#findGroup(names);
    if (override && !this.mayUpdateGroups) {
      const message = "User: arn is not authorized to perform: codedeploy:UpdateDeploymentGroup on resource: arn";
      throw new CodeDeployError("AccessDeniedException", message);
    }
    const { content, sha256 } = revision.appSpecContent;
    if (sha256 !== computeSha256(content)) {
      throw new CodeDeployError("InvalidRevisionException", "The hash differs");
    }
    const spec = parseSpec(content);
    const active = this.deployments.find((each) => each.group === group && each.isInProgress);
    if (active) {
      throw new CodeDeployError(
        "DeploymentLimitExceededException",
        `The Deployment Group '${group}' already has an active Deployment '${active.id}'`,
      );
    }
    const deployment = new FakeDeployment(group, content, spec, "user");
    if (override) this.alarmOverrides.set(deployment.id, override);
    this.deployments.push(deployment);
    this.#running += 1;
    const work = this.#run(deployment, override ?? this.#toAlarmConfiguration(group));
    this.#work.push(
      work.finally(() => {
        this.#running -= 1;
      }),
    );
    return { deploymentId: deployment.id };
  }

  async #run(deployment: FakeDeployment, { enabled, alarms }: z.infer<typeof alarmSchema>): Promise<void> {
    const { group, content, spec } = deployment;
    const isDone = await deployment.run(this.groups[group]!, {
      lambda: this.#lambda,
      hook: (event, name) => this.hook(event, name),
      isAlarming: () => enabled && alarms.some(({ name }) => this.firingAlarms().includes(name)),
    });
    const isRefused = deployment.errorInformation?.code.startsWith("INVALID_LAMBDA");
    if (isDone || isRefused) return;
    // The deployment has ended, and none is in progress: https://github.com/kayac/ecspresso/pull/663
    await this.beforeRollback();
    const undo = new FakeDeployment(group, content, { ...spec, from: spec.to, to: spec.from }, "codeDeployRollback");
    undo.rollbackInfo = { rollbackTriggeringDeploymentId: deployment.id };
    this.deployments.push(undo);
    deployment.rollbackInfo = { rollbackDeploymentId: undo.id };
    await this.duringRollback();
    await undo.rollBack(this.#lambda);
  }

  #toAlarmConfiguration(group: string): z.infer<typeof alarmSchema> {
    const alarms = (this.groups[group]!.alarms ?? []).map((name) => ({ name }));
    return { enabled: alarms.length > 0, ignorePollAlarmFailure: false, alarms };
  }

  #getGroup(names: z.infer<typeof inputs.GetDeploymentGroup>) {
    const group = this.#findGroup(names);
    return { deploymentGroupInfo: { ...names, alarmConfiguration: this.#toAlarmConfiguration(group) } };
  }

  #getRevision({ applicationName, revision }: z.infer<typeof inputs.GetApplicationRevision>) {
    const { sha256 } = revision.appSpecContent;
    const found = this.deployments.find(({ content }) => computeSha256(content) === sha256);
    if (!found) throw new CodeDeployError("RevisionDoesNotExistException");
    return { applicationName, revision: { ...revision, appSpecContent: { content: found.content, sha256 } } };
  }

  #getDeployment(id: string) {
    const deployment = this.#find(id);
    deployment.polls += 1;
    return { deploymentInfo: this.#describe(deployment) };
  }

  #list({ includeOnlyStatuses, ...names }: z.infer<typeof inputs.ListDeployments>) {
    const group = this.#findGroup(names);
    const found = this.deployments.filter((each) => each.group === group && includeOnlyStatuses.includes(each.status));
    return { deployments: found.map(({ id }) => id).reverse() };
  }

  #stop(id: string) {
    const deployment = this.#find(id);
    if (!deployment.isInProgress) throw new CodeDeployError("DeploymentAlreadyCompletedException");
    deployment.stopRequested = true;
    return { status: "Pending", statusMessage: "" };
  }

  #putStatus(put: z.infer<typeof inputs.PutLifecycleEventHookExecutionStatus>) {
    const deployment = this.#find(put.deploymentId);
    if (put.lifecycleEventHookExecutionId !== deployment.hookExecutionId) {
      throw new CodeDeployError("InvalidLifecycleEventHookExecutionIdException");
    }
    if (deployment.hookResult || !deployment.isInProgress) {
      throw new CodeDeployError("LifecycleEventAlreadyCompletedException");
    }
    deployment.hookResult = put.status;
    return { lifecycleEventHookExecutionId: deployment.hookExecutionId };
  }

  #findGroup(names: { applicationName: string; deploymentGroupName: string }): string {
    if (names.applicationName !== this.#application) {
      throw new CodeDeployError("ApplicationDoesNotExistException");
    }
    if (!(names.deploymentGroupName in this.groups)) {
      throw new CodeDeployError("DeploymentGroupDoesNotExistException");
    }
    return names.deploymentGroupName;
  }

  #find(id: string): FakeDeployment {
    const deployment = this.deployments.find((each) => each.id === id);
    if (!deployment) throw new CodeDeployError("DeploymentDoesNotExistException");
    return deployment;
  }

  #describe(deployment: FakeDeployment) {
    const { id, status, createTime, creator, content, errorInformation, rollbackInfo } = deployment;
    return {
      applicationName: this.#application,
      deploymentGroupName: deployment.group,
      deploymentId: id,
      status,
      createTime,
      creator,
      // Without the content: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
      revision: { revisionType: "AppSpecContent", appSpecContent: { content: null, sha256: computeSha256(content) } },
      ...(errorInformation && { errorInformation }),
      ...(rollbackInfo && { rollbackInfo }),
    };
  }
}

const computeSha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function parseInput<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(body);
  if (!success) throw new CodeDeployError("ValidationException", z.prettifyError(error));
  return data;
}

function parseSpec(content: string): FakeAppSpec {
  const { data, error } = specSchema.safeParse(JSON.parse(content));
  if (!data) throw new CodeDeployError("InvalidRevisionException", z.prettifyError(error));
  const [{ Properties } = {}, ...others] = Object.values(data.Resources[0]);
  if (!Properties || others.length > 0 || Properties.CurrentVersion === Properties.TargetVersion) {
    throw new CodeDeployError("InvalidRevisionException", "It must have one function and two versions");
  }
  const { Name, Alias, CurrentVersion, TargetVersion } = Properties;
  const hook = data.Hooks?.[0].BeforeAllowTraffic;
  return { name: Name, alias: Alias, from: CurrentVersion, to: TargetVersion, hook };
}
