/**
 * TLS options of a connection to a service that does not promise TLS 1.3: it accepts 1.2 and offers 1.3. The floor is the
 * connection's own, since a floor of 1.3 for the process would end connections to services that support only 1.2. See docs/tls.md.
 */
export const tlsFloor = { minVersion: "TLSv1.2" } as const;
