import express from "express";
import { createHttpServer, listen } from "../../service/local/http-server.ts";
import { reportUsageTo } from "./usage.ts";

/** The minimal Express app on the local server. */
const app = express();
app.get("/v1/users/me", (_request, response) => {
  response.json({ status: "up" });
});

const server = createHttpServer();
const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
server.on("request", app);
reportUsageTo(process, url);
