import { configure } from "@vendia/serverless-express";
import express from "express";

/** The least that an Express app behind the adapter can be. */
const app = express();
app.get(["/health/live", "/v1/users/me"], (_request, response) => {
  response.json({ status: "up" });
});

export const handler = configure({ app, eventSourceName: "AWS_API_GATEWAY_V1" });
