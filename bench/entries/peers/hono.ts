import { Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { runUntil } from "../../../service/platform/deadline.ts";
import { work } from "./in-process.ts";
import type { ProfileRequest } from "./profile.ts";

export { register } from "./in-process.ts";

interface Environment {
  Bindings: { event: LambdaEvent & { requestContext: { requestId: string } }; lambdaContext: LambdaContext };
  Variables: { request: ProfileRequest };
}

const app = new Hono<Environment>();

app.use(async (context, next) => {
  const { event, lambdaContext } = context.env;
  const request = work.begin(event.requestContext.requestId, lambdaContext.getRemainingTimeInMillis());
  context.set("request", request);
  await runUntil(request.deadline, next);
  work.end(request, context.res.status);
});
app.use(async (context, next) => {
  for (const [name, value] of work.headers) context.header(name, value);
  context.header("X-Request-Id", context.get("request").id);
  work.requireVersion((name) => context.req.header(name));
  await next();
});
app.use("/v1/users/*", async (context, next) => {
  await work.authenticate(context.get("request"), context.req.header("authorization"));
  await next();
});
app.get("/v1/users/me", async (context) => {
  const { tag, profile, isKnown } = await work.read(context.get("request"), (name) => context.req.header(name));
  context.header("ETag", tag);
  return isKnown ? context.body(null, 304) : context.json(profile);
});

export const handler = handle(app);
