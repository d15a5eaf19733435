import awsLambdaFastify from "@fastify/aws-lambda";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import type { FastifyRequest } from "fastify";
import { createFastifyApp } from "./fastify-app.ts";
import { work } from "./in-process.ts";

export { register } from "./in-process.ts";

const app = createFastifyApp({
  work,
  begin(request) {
    const { event, context } = (request as FastifyRequest & { awsLambda: Invocation }).awsLambda;
    return work.begin(event.requestContext.requestId, context.getRemainingTimeInMillis());
  },
});

interface Invocation {
  event: APIGatewayProxyEvent;
  context: Context;
}

export const handler = awsLambdaFastify(app);
