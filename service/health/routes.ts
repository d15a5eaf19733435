import type { ServiceDependencies } from "../dependencies.ts";
import { UnavailableError, withTimeout } from "../platform/deadline.ts";
import { sendJson } from "../platform/json.ts";
import type { Logger } from "../platform/logging.ts";
import { retryAfterSeconds } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { openRoutes } from "../platform/routing.ts";
import type { Timeouts } from "../platform/timeouts.ts";

interface DependencyHealth {
  status: "up" | "down";
  /** How long the dependency took to respond, including the connection if there was none. */
  latency_ms: number;
}

/** `/health`: for load balancers, deployments and operators. It names dependencies, never their addresses or errors. */
export function healthRoutes(dependencies: ServiceDependencies, log: Logger, { healthCheck }: Timeouts) {
  return openRoutes({
    "GET /health/live": (_request, response) => {
      sendJson(response, { status: "up" });
    },
    "GET /health/ready": async (request, response) => {
      const { id } = getRequestContext(request);
      const checks = Object.entries(dependencies.checks).map(
        async ([name, check]) =>
          [name, await checkHealth(name, withTimeout(name, healthCheck, check()), log, id)] as const,
      );
      const health = Object.fromEntries(await Promise.all(checks));
      const up = Object.values(health).every(({ status }) => status === "up");
      if (!up) response.status(503).set("Retry-After", String(retryAfterSeconds));
      sendJson(response, { status: up ? "up" : "down", dependencies: health });
    },
  });
}

async function checkHealth(
  name: string,
  check: Promise<void>,
  log: Logger,
  requestId: string,
): Promise<DependencyHealth> {
  const startedAt = performance.now();
  const latency = () => Math.round((performance.now() - startedAt) * 10) / 10;
  try {
    await check;
    return { status: "up", latency_ms: latency() };
  } catch (cause) {
    log.write("error", "dependency is down", {
      request_id: requestId,
      dependency: name,
      cause: cause instanceof Error ? cause : new UnavailableError(String(cause)),
    });
    return { status: "down", latency_ms: latency() };
  }
}
