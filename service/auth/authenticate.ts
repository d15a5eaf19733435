import type { RequestHandler } from "express";
import { problems } from "../platform/problems.ts";
import { requestOf } from "../platform/request-context.ts";
import type { AccessTokens } from "./access-tokens.ts";

/** Lets a request pass only with a valid access token, and says whose it is: see {@link requestOf}. */
export function authenticate(accessTokens: AccessTokens): RequestHandler {
  return (request, _response, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (!token) return next(problems.missingToken());
    const context = requestOf(request);
    const known = accessTokens.recall(token);
    if (known) {
      context.userId = known.userId;
      return next();
    }
    return accessTokens.verify(token).then((claims) => {
      context.userId = claims.userId;
      next();
    });
  };
}
