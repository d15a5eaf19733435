// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
// The route instead of the path, which names what the user looked at; no address, user agent or key.
const fields = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  httpMethod: "$context.httpMethod",
  route: "$context.resourcePath",
  protocol: "$context.protocol",
  tlsVersion: "$context.tlsVersion",
  status: "$context.status",
  responseLength: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integration.latency",
  integrationStatus: "$context.integration.integrationStatus",
  wafStatus: "$context.waf.status",
  wafResponseCode: "$context.wafResponseCode",
  wafLatencyMs: "$context.waf.latency",
  errorType: "$context.error.responseType",
  traceId: "$context.xrayTraceId",
};

/** One line of JSON for each request, without personal data. */
export const accessLogFormat = JSON.stringify(fields);
