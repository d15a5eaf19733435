import { Results } from "./results.ts";
import { pickRequestKind, type VirtualUser } from "./virtual-user.ts";

export interface Workload {
  users: readonly VirtualUser[];
  /** How many of the users send requests at a time; at most their number. */
  concurrency: number;
  milliseconds: number;
}

/**
 * Sends requests of the mixed workload by virtual users, each one request after the other.
 * @param results collects the results
 */
export async function runWorkload(
  { users, concurrency, milliseconds }: Workload,
  results = new Results(),
): Promise<Results> {
  const idle = [...users];
  const end = performance.now() + milliseconds;
  const sendRequests = async () => {
    while (performance.now() < end) {
      const user = idle.shift()!;
      await user.sendRequest(pickRequestKind()).then(
        (result) => results.add(result),
        (error) => results.addConnectionError(error),
      );
      idle.push(user);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sendRequests));
  return results;
}
