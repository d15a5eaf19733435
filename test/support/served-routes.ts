import { routes } from "../../service/routes.ts";
import { startService } from "./service.ts";

/**
 * All routes of the app, as `GET /v1/sessions/{id}`: what each path allows when it refuses a method. The compiler refuses handlers of
 * paths that are not in `routes.ts`.
 */
export async function servedRoutes(): Promise<string[]> {
  await using service = await startService();
  const user = await service.register();
  const paths = new Set(Object.keys(routes).map((name) => name.split(" ")[1]!));
  const served: string[] = [];
  for (const path of paths) {
    const { headers } = await user.send("PURGE", path.replace(/\{\w+\}/, "7"));
    const methods = headers.get("allow")?.split(", ") ?? [];
    served.push(...methods.filter((method) => method !== "HEAD").map((method) => `${method} ${path}`));
  }
  return served;
}
