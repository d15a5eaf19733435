import lambdaApi, { type NextFunction, type Request, type Response } from "lambda-api";
import { runUntil } from "../../../service/platform/deadline.ts";
import { work } from "./in-process.ts";
import type { ProfileRequest } from "./profile.ts";

export { register } from "./in-process.ts";

type WithProfile = Request & { profile: ProfileRequest };

// At run time, the default export of its ES module is the function; its types describe the CommonJS module.
const createApi = lambdaApi as unknown as typeof lambdaApi.default;
const api = createApi({ logger: false });

api.use((request: Request, response: Response, next: NextFunction) => {
  const profile = work.begin(request.requestContext.requestId, request.context.getRemainingTimeInMillis());
  (request as WithProfile).profile = profile;
  for (const [name, value] of work.headers) response.header(name, value);
  response.header("X-Request-Id", profile.id);
  work.requireVersion((name) => request.headers[name]);
  runUntil(profile.deadline, next);
});
api.get("/v1/users/me", async (request: Request, response: Response) => {
  const { profile: own } = request as WithProfile;
  await work.authenticate(own, request.headers.authorization);
  const { tag, profile, isKnown } = await work.read(own, (name) => request.headers[name]);
  response.header("ETag", tag);
  if (isKnown) response.status(304).send("");
  else response.json(profile);
});
api.finally((request, response) => {
  work.end((request as WithProfile).profile, (response as unknown as { _statusCode: number })._statusCode);
});

export const handler = api.run.bind(api);
