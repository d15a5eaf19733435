import express, { Router } from "express";
import { startService } from "./service.ts";

/**
 * All routes of the app, as `GET /v1/sessions/:id`. Express knows them only when their routers are loaded, so each router gets a
 * request first.
 */
export async function expressRoutes(): Promise<string[]> {
  const found: string[] = [];
  const mounts: string[] = [];
  let mount = "";
  const { use } = express.application;
  const { route } = Router.prototype;
  express.application.use = function (this: unknown, ...args: unknown[]) {
    if (typeof args[0] === "string") mounts.push(args[0]);
    return (use as (...args: unknown[]) => unknown).apply(this, args);
  } as typeof use;
  Router.prototype.route = function (path: string) {
    const made = route.call(this, path);
    const prefix = mount;
    for (const method of ["get", "post", "put", "patch", "delete"] as const) {
      const add = made[method];
      made[method] = function (this: unknown, ...handlers: unknown[]) {
        found.push(`${method.toUpperCase()} ${prefix}${path === "/" ? "" : path}`);
        return (add as (...args: unknown[]) => unknown).apply(this, handlers);
      } as typeof add;
    }
    return made;
  };
  try {
    const service = await startService();
    for (mount of mounts) await service.send("GET", mount);
    await service.stop();
  } finally {
    express.application.use = use;
    Router.prototype.route = route;
  }
  return found;
}
