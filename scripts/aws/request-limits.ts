/**
 * Time limits of an SDK client, as its `requestHandler`: without them a call may wait forever.
 * @param requestTimeout milliseconds until a request must have its response
 */
export const createRequestLimits = (requestTimeout = 10_000) => ({
  connectionTimeout: 3_000,
  requestTimeout,
  throwOnRequestTimeout: true,
});
