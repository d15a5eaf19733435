import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { Clock } from "../../service/platform/clock.ts";
import { findRequestFaults, findResponseFaults, matchOperation } from "./atlas-contract.ts";
import { type FakeCluster, type FakeJob, type FakeProject, responses } from "./atlas-state.ts";
import { listenHttp } from "./listen.ts";

/** Replaces the result of a call. */
export type InjectedFault = { status: number; errorCode?: string; retryAfter?: string } | "cut" | undefined;

export interface AtlasApiOptions {
  readonly projects: FakeProject[];
  /** The organization of the service account. @default that of the environments, whose API needs no access list */
  readonly organization?: { readonly id: string; readonly apiAccessListRequired: boolean };
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Does the restore. The job is completed when it returns, and failed when it throws. @default completes immediately */
  readonly onRestore?: (job: FakeJob) => Promise<void> | void;
  /** Takes a snapshot. @default completes immediately */
  readonly onSnapshot?: () => Promise<void> | void;
  /** Receives the id of each operation before its call; `token` for the request of a token. */
  readonly injectFault?: (operationId: string) => InjectedFault;
}

/** A fake of the Atlas Administration API, which accepts only what its specification allows. */
export interface AtlasApi {
  /** Environment variables of its clients. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ids of the operations that succeeded, in order. */
  readonly calls: string[];
  /** Requests and responses that differ from the contract. */
  readonly violations: string[];
  /** Revokes all tokens. */
  revokeTokens(): void;
  stop(): Promise<void>;
}

class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  constructor(status: number, errorCode: string, detail = errorCode) {
    super(detail);
    this.status = status;
    this.errorCode = errorCode;
  }
}

const clientId = "mdb_sa_id_000000000000000000000001";
const clientSecret = "fake-secret";
const tokenSeconds = 3_600;

/** Starts a fake Atlas on this machine. */
export async function startAtlasApi(options: AtlasApiOptions): Promise<AtlasApi> {
  const { projects, clock = Date.now, onRestore = () => {}, onSnapshot = () => {}, injectFault } = options;
  const { organization = { id: "0".repeat(24), apiAccessListRequired: false } } = options;
  const tokens = new Map<string, number>();
  const calls: string[] = [];
  const violations: string[] = [];
  let ids = 0;
  const newId = () => (++ids).toString(16).padStart(24, "a");
  const iso = () => new Date(clock()).toISOString();

  const findOrganization = (id: string) => (id === organization.id ? organization : fail(404, "RESOURCE_NOT_FOUND"));
  const findProject = (id: string): FakeProject =>
    projects.find((project) => project.id === id) ?? fail(404, "GROUP_NOT_FOUND");
  const findCluster = (projectId: string, name: string, kind: FakeCluster["kind"]): FakeCluster => {
    const cluster = findProject(projectId).clusters.find((candidate) => candidate.name === name);
    if (!cluster) return fail(404, "CLUSTER_NOT_FOUND", `No cluster named ${name} exists in group ${projectId}.`);
    if (cluster.kind === kind) return cluster;
    return fail(
      400,
      kind === "flex" ? "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API" : "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API",
    );
  };

  function startRestore(source: FakeCluster, request: Omit<FakeJob, "id" | "state">): FakeJob {
    const target =
      findProject(request.targetGroupId).clusters.find(({ name }) => name === request.targetClusterName) ??
      fail(404, "CLUSTER_NOT_FOUND");
    if (target.stateName !== "IDLE") fail(409, "CLUSTER_RESTORE_IN_PROGRESS");
    // https://www.mongodb.com/docs/atlas/backup/cloud-backup/restore-from-ear/
    if (source.encryption !== target.encryption) fail(400, "VALIDATION_ERROR");
    const job: FakeJob = { id: newId(), state: "running", ...request };
    source.jobs.push(job);
    target.stateName = "UPDATING";
    const end = (state: FakeJob["state"]) => () => {
      if (job.state === "running") {
        job.state = state;
        if (state === "completed") job.finishedAt = iso();
      }
      target.stateName = "IDLE";
    };
    Promise.resolve()
      .then(() => onRestore(job))
      .then(end("completed"), end("failed"));
    return job;
  }

  function takeSnapshot(cluster: FakeCluster) {
    const snapshot: FakeCluster["snapshots"][number] = {
      id: newId(),
      status: "queued",
      createdAt: iso(),
      snapshotType: "onDemand",
    };
    cluster.snapshots.push(snapshot);
    const end = (status: "completed" | "failed") => () => {
      snapshot.status = status;
    };
    Promise.resolve().then(onSnapshot).then(end("completed"), end("failed"));
    return snapshot;
  }

  type Body = Record<string, never>;
  const replicaSet = (p: Record<string, string>) => findCluster(p.groupId!, p.clusterName!, "replica-set");
  const findJob = ({ jobs }: FakeCluster, id: string) =>
    jobs.find((job) => job.id === id) ?? fail(404, "RESTORE_JOB_NOT_FOUND");

  const handlers: Record<string, (parameters: Record<string, string>, body: Body) => object> = {
    getProjectByName({ groupName }) {
      const project = projects.find(({ name }) => name === groupName) ?? fail(404, "GROUP_NAME_NOT_FOUND");
      return { id: project.id, name: project.name, orgId: organization.id };
    },
    getOrg: ({ orgId }) => ({ id: findOrganization(orgId!).id, name: "Ecobeat", isDeleted: false }),
    getOrgSettings({ orgId }) {
      const { apiAccessListRequired } = findOrganization(orgId!);
      return { apiAccessListRequired, multiFactorAuthRequired: true };
    },
    listAtlasProcesses: ({ groupId }) => responses.processes(findProject(groupId!).clusters, groupId!),
    getCluster: (p) => responses.cluster(replicaSet(p), p.groupId!),
    getBackupSchedule: (p) => responses.schedule(replicaSet(p)),
    listReplicaSetBackups: (p) => replicaSet(p).snapshots.map(responses.snapshot),
    getReplicaSetBackup: (p) =>
      responses.snapshot(
        replicaSet(p).snapshots.find(({ id }) => id === p.snapshotId) ?? fail(404, "SNAPSHOT_NOT_FOUND"),
      ),
    takeSnapshot: (p) => responses.snapshot(takeSnapshot(replicaSet(p))),
    listBackupRestoreJobs: (p) => replicaSet(p).jobs.map(responses.job),
    getBackupRestoreJob: (p) => responses.job(findJob(replicaSet(p), p.restoreJobId!)),
    createBackupRestoreJob(p, { deliveryType: _, ...request }) {
      return responses.job(startRestore(replicaSet(p), request as never));
    },
    getFlexCluster: (p) => responses.flexCluster(findCluster(p.groupId!, p.name!, "flex"), p.groupId!),
  };

  function issueToken(authorization: string | undefined, body: string): object {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    if (authorization !== `Basic ${basic}`) return fail(401, "INVALID_CLIENT");
    if (body !== "grant_type=client_credentials") return fail(400, "UNSUPPORTED_GRANT_TYPE");
    const token = `token-${++ids}`;
    tokens.set(token, clock() + tokenSeconds * 1_000);
    return { access_token: token, expires_in: tokenSeconds, token_type: "Bearer" };
  }

  function respond(request: IncomingMessage, url: URL, text: string): { operationId: string; body: object } {
    const method = request.method!;
    const { authorization, accept, "content-type": contentType } = request.headers;
    if (url.pathname === "/api/oauth/token") {
      return { operationId: "token", body: issueToken(authorization, text) };
    }
    const matched = matchOperation(method, url.pathname);
    if (!matched) return violate(404, `${method} ${url.pathname} is not in the contract`);
    const { operation, parameters } = matched;
    const { operationId } = operation;
    if ((tokens.get(authorization?.replace("Bearer ", "") ?? "") ?? 0) <= clock()) fail(401, "UNAUTHORIZED");
    const body = text ? JSON.parse(text) : undefined;
    const requestFaults = findRequestFaults(operation, parameters, { url, accept, contentType, body });
    if (requestFaults.length > 0) return violate(406, `${operationId}: ${requestFaults.join("; ")}`);
    const result = handlers[operationId]!(parameters, body);
    const response = Array.isArray(result) ? paginate(result, url) : result;
    const faults = findResponseFaults(operation, response);
    if (faults.length > 0) return violate(500, `response of ${operationId}: ${faults.join("; ")}`);
    return { operationId, body: response };
  }

  function violate(status: number, what: string): never {
    violations.push(what);
    return fail(status, "CONTRACT_VIOLATION", what);
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url!, "http://atlas");
    const operationId = matchOperation(request.method!, url.pathname)?.operation.operationId ?? "token";
    const interference = injectFault?.(operationId);
    if (interference === "cut") return void request.socket.destroy();
    const send = (status: number, body: object, retryAfter?: string) => {
      response.writeHead(status, {
        "content-type": "application/json",
        ...(retryAfter && { "retry-after": retryAfter }),
      });
      response.end(JSON.stringify(body));
    };
    const reject = (status: number, errorCode: string, detail: string, retryAfter?: string) =>
      send(status, { error: status, errorCode, detail, reason: "rejected", parameters: [] }, retryAfter);
    if (interference) {
      const { status, errorCode = "UNEXPECTED_ERROR", retryAfter } = interference;
      return reject(status, errorCode, "injected by the test", retryAfter);
    }
    try {
      const result = respond(request, url, Buffer.concat(chunks).toString());
      calls.push(result.operationId);
      send(200, result.body);
    } catch (error) {
      if (error instanceof ApiError) reject(error.status, error.errorCode, error.message);
      else reject(500, "FAKE_API_ERROR", String(error));
    }
  });
  return {
    variables: {
      MONGODB_ATLAS_BASE_URL: await listenHttp(server),
      MONGODB_ATLAS_CLIENT_ID: clientId,
      MONGODB_ATLAS_CLIENT_SECRET: clientSecret,
    },
    calls,
    violations,
    revokeTokens: () => tokens.clear(),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** First an empty page, then two to a page, whatever the request says: only a link tells that there is another page. */
function paginate(items: object[], { pathname, searchParams }: URL): object {
  const pageNum = Number(searchParams.get("pageNum") ?? 1);
  const end = (pageNum - 1) * 2;
  const results = items.slice(Math.max(0, end - 2), end);
  const toLink = (rel: string, number: number) => ({ rel, href: `${pathname}?pageNum=${number}` });
  const next = end < items.length ? [toLink("next", pageNum + 1)] : [];
  return { links: [toLink("self", pageNum), ...next], results, totalCount: items.length };
}

function fail(status: number, errorCode: string, detail?: string): never {
  throw new ApiError(status, errorCode, detail);
}
