import { configure } from "@vendia/serverless-express";
import express from "express";

/** The minimal Express app behind the adapter. */
const app = express();
app.get(["/health/live", "/v1/users/me"], (_request, response) => {
  response.json({ status: "up" });
});

export const handler = configure({ app, eventSourceName: "AWS_API_GATEWAY_V1" });
