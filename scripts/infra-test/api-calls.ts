/** A request of the provider to AWS. */
export interface ApiCall {
  /** AWS's name of the service, such as `API Gateway`. */
  readonly service: string;
  /** Such as `PutMethod`. */
  readonly operation: string;
  /** Type of the resource it was about; undefined when it was about none, as at the provider's start. */
  readonly resourceType: string | undefined;
}

/** Settings by which Terraform's providers write into a file what they ask of AWS. */
export const callLogging = (path: string): NodeJS.ProcessEnv => ({
  TF_LOG_PROVIDER: "DEBUG",
  TF_LOG_PATH: path,
});

/** The different calls that a provider's log names. An entry begins with the time and may have many lines. */
export function callsIn(log: string): ApiCall[] {
  const calls = new Map<string, ApiCall>();
  for (const entry of log.split(/^(?=\d{4}-\d\d-\d\dT)/m)) {
    const service = field(entry, "rpc.service");
    const operation = field(entry, "rpc.method");
    if (!service || !operation) continue;
    const call = { service, operation, resourceType: field(entry, "tf_resource_type") };
    calls.set(JSON.stringify(call), call);
  }
  return [...calls.values()];
}

const field = (entry: string, name: string): string | undefined => {
  const [, quoted, plain] =
    new RegExp(`(?:^| )${name.replace(".", "\\.")}=(?:"([^"]*)"|(\\S+))`).exec(entry) ?? [];
  return quoted ?? plain;
};
