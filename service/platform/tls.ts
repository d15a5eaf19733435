import type { Timeouts } from "./timeouts.ts";

/**
 * TLS options of a connection to a service that may not support TLS 1.3: it accepts 1.2 and offers 1.3. Each connection has its
 * own minimum, since a minimum of 1.3 for the process would break connections to services that support only 1.2. See docs/tls.md.
 */
export const tlsFloor = { minVersion: "TLSv1.2" } as const;

/** Options of an AWS client whose attempts end well before API Gateway times out: at most three of 2 s each. */
export const awsClientOptions = ({ awsConnect, awsRequest }: Timeouts) => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: awsConnect,
    requestTimeout: awsRequest,
    socketTimeout: awsRequest,
    throwOnRequestTimeout: true,
    httpsAgent: tlsFloor,
  },
});
