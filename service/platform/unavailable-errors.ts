/**
 * Names of errors with which client libraries report that a server is unreachable, overloaded or too slow. A mistake in a parameter,
 * too, lasts until an operator corrects it: a client may try again.
 */
const unavailableNames = new RegExp(
  "^(UnavailableError|ConfigurationError|TimeoutError|AbortError|CredentialsProviderError" +
    "|Mongo(Network|ServerSelection|PoolClosed|PoolCleared|TopologyClosed|NotConnected|ClientClosed|WaitQueueTimeout" +
    "|WriteConcern|StalePrimary|UnexpectedServerResponse|AWS|MissingCredentials)\\w*)$",
);

/**
 * Codes with which MongoDB reports a state of its servers or of the user's privileges, and not a mistake in a command: "Error Codes"
 * in its manual, https://www.mongodb.com/docs/manual/reference/error-codes/. The driver has retried some of them before we see them.
 */
const unavailableMongoCodes = new Set([
  // HostUnreachable, HostNotFound, Unauthorized, AuthenticationFailed, LockTimeout
  6, 7, 13, 18, 24,
  // CursorNotFound, LockBusy, MaxTimeMSExpired, WriteConcernTimeout, NetworkTimeout, ShutdownInProgress, PrimarySteppedDown
  43,
  46, 50, 64, 89, 91, 189,
  // UnsatisfiableWriteConcern, WriteConflict, ConflictingOperationInProgress, FailedToSatisfyReadPreference
  100, 112, 117, 133,
  // QueryPlanKilled, NetworkInterfaceExceededTimeLimit, CursorKilled, ExceededTimeLimit, IngressRequestRateLimitExceeded
  175,
  202, 237, 262, 462,
  // AtlasError, SocketException, NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange
  8_000, 9_001, 10_107, 11_600, 11_602,
  // NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, OutOfDiskSpace
  13_435, 13_436, 14_031,
]);

const networkCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"],
]);

/** With these names, an AWS service refuses a request that is wrong. All others depend on its state, keys and permissions. */
const awsMistakes = new Set(["ValidationException", "SerializationException", "UnknownOperationException"]);

/** Members that the libraries add to their errors. */
interface ClientLibraryError {
  name: string;
  code?: unknown;
  /** Of the AWS SDK: set once there was a response, also one that could not be parsed. */
  $metadata?: unknown;
  /** Of the AWS SDK: whose fault it is. */
  $fault?: "client" | "server";
}

/** Whether an error comes from an unavailable dependency, and not from a mistake in the request or the code. */
export function isUnavailable({ name, code, $metadata, $fault }: ClientLibraryError): boolean {
  return (
    unavailableNames.test(name) ||
    networkCodes.has(String(code)) ||
    (name.startsWith("Mongo") && unavailableMongoCodes.has(Number(code))) ||
    $fault === "server" ||
    ($metadata !== undefined && !awsMistakes.has(name))
  );
}
