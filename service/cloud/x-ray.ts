import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import { type Clock, systemClock } from "../platform/clock.ts";
import { once } from "../platform/once.ts";
import { type EndCall, type TracedCall, type Tracing, untraced } from "../platform/tracing.ts";

/** Header of each document: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html */
const header = '{"format": "json", "version": 1}\n';

/** Lambda's tracing header of a sampled request: the trace and parent of its subsegments. */
const sampled = /^Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=1/;

/**
 * Sends the calls of sampled requests to the X-Ray daemon, which Lambda runs next to a function with active tracing. Each call is one
 * datagram, and no request waits for it: a lost datagram costs one line of a trace.
 *
 * Lambda gives a process one request at a time, and its trace id in the environment: so a call belongs to the request during which
 * it began. The documents: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export class XRay implements Tracing {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  readonly #socket = once(openSocket);

  /** @param environment read at each call: `_X_AMZN_TRACE_ID` and `AWS_XRAY_DAEMON_ADDRESS`, such as `169.254.79.129:2000` */
  constructor(environment: NodeJS.ProcessEnv, clock: Clock = systemClock) {
    this.#environment = environment;
    this.#clock = clock;
  }

  begin(call: TracedCall): EndCall {
    const [, trace_id, parent_id] = sampled.exec(this.#environment._X_AMZN_TRACE_ID ?? "") ?? [];
    if (trace_id === undefined) return untraced.begin(call);
    const startedAt = this.#clock();
    return (error) =>
      this.#send({
        type: "subsegment",
        name: call.to,
        id: randomBytes(8).toString("hex"),
        trace_id,
        parent_id,
        start_time: startedAt / 1000,
        end_time: this.#clock() / 1000,
        ...this.#describe(call),
        ...(error !== undefined && toFailureFields(error)),
      });
  }

  #describe({ to, operation }: TracedCall) {
    if (to === "KMS") return { namespace: "aws", aws: { operation, region: this.#environment.AWS_REGION } };
    return { namespace: "remote", ...(operation && { annotations: { operation } }) };
  }

  #send(document: object): void {
    const [host, port] = (this.#environment.AWS_XRAY_DAEMON_ADDRESS ?? "").split(":");
    this.#socket()
      .then((socket) => socket.send(header + JSON.stringify(document), Number(port), host, ignore))
      .catch(ignore);
  }
}

const ignore = () => {};

async function openSocket(): Promise<Socket> {
  const { createSocket } = await import("node:dgram");
  return createSocket("udp4").on("error", ignore).unref();
}

/** Whether the client or the server is at fault, as far as the error says: errors of the AWS SDK do. */
function toFailureFields(error: unknown) {
  const { name = "", $fault } = (error ?? {}) as { name?: string; $fault?: string };
  if (/^(Throttl|TooManyRequests|LimitExceeded)/.test(name)) return { error: true, throttle: true };
  return $fault === "client" ? { error: true } : { fault: true };
}
