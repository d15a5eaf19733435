import type { IncomingMessage, ServerResponse } from "node:http";
import type { Express, Request, Response } from "express";

/**
 * Makes the prototypes of the first request and response those of an app, with whose methods they then are.
 *
 * Express replaces the prototypes of each request and response by `app.request` and `app.response`
 * (https://expressjs.com/en/guide/overriding-express-api.html). V8 then discards what it knows of their shape, which takes longer
 * than the rest of an empty route. If they already are the prototypes, nothing is replaced. The methods are copied to them, and not
 * inherited: each prototype between a request and the methods of Node.js takes time, too.
 *
 * @param app the only one for requests and responses of these classes, which extend those of Node.js
 * @returns to call with each request before the app
 */
export function adoptPrototypes(app: Express): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const ownRequest = Object.getPrototypeOf(request);
    if (ownRequest === app.request) return;
    const own = { request: ownRequest, response: Object.getPrototypeOf(response) };
    copyMembers(app.request, own.request);
    copyMembers(app.response, own.response);
    // An adapter assigns it to each new request. That of Express has no setter.
    if (Object.hasOwn(request, "ip")) Object.defineProperty(own.request, "ip", { value: undefined, writable: true });
    app.request = own.request as Request;
    app.response = own.response as Response;
  };
}

/** Copies the members of a prototype of an app, and of Express's own, which it extends, but not those that `to` has. */
function copyMembers(from: object, to: object): void {
  for (const each of [from, Object.getPrototypeOf(from)]) {
    for (const name of Reflect.ownKeys(each)) {
      if (!Object.hasOwn(to, name)) Object.defineProperty(to, name, Object.getOwnPropertyDescriptor(each, name)!);
    }
  }
}

/** Replaces the prototypes of each request and response, as Express does, where other apps share their classes. */
export function setPrototypes(app: Express): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    Object.setPrototypeOf(request, app.request);
    Object.setPrototypeOf(response, app.response);
  };
}
