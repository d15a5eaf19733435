import { setImmediate } from "node:timers/promises";
import type { ServiceFunctionName } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";

/** Dependencies that are created at their first use. */
type Dependency = Exclude<keyof ServiceDependencies, "checks" | "events" | "metrics">;

/** The most frequent routes of each function, by their mount paths, and what they need. */
const prepared: Record<ServiceFunctionName, { routes: readonly string[]; needs: readonly Dependency[] }> = {
  auth: { routes: ["/v1/auth"], needs: ["tokens", "limits", "users", "passwords"] },
  api: {
    routes: ["/v1/users", "/v1/activities"],
    needs: ["accessTokens", "userCache", "users", "activities", "erasures"],
  },
};

/**
 * Imports and connects what the first request of a function will need. Each failure is forgotten, as the first request tries again, and
 * reports it if it fails again.
 *
 * @param loadRouter by its mount path
 */
export async function prepareFunction(
  name: ServiceFunctionName,
  dependencies: ServiceDependencies,
  loadRouter: (path: string) => Promise<unknown>,
): Promise<void> {
  const { routes, needs } = prepared[name];
  const { database, redis } = dependencies.checks;
  const steps: (() => Promise<unknown>)[] = [
    // First, since all connections wait for the parameters that it reads.
    async () => (await dependencies.signingKeys()).current(),
    redis,
    ...routes.map((path) => () => loadRouter(path)),
    database,
    ...needs.map((need) => dependencies[need]),
  ];
  const results: Promise<unknown>[] = [];
  for (const step of steps) {
    results.push(step().catch(() => {}));
    // Lets responses in: the import of a module blocks the process.
    await setImmediate();
  }
  await Promise.all(results);
}
