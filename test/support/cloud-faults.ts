import { parameters } from "../../service/contract.ts";
import type { CloudService, Failures } from "./fake-cloud.ts";
import { type KmsResponse, ssmResponse } from "./kms-server.ts";
import type { RedisReply } from "./redis-server.ts";
import type { Reply } from "./wire-database.ts";

/** A failure of one service. */
export interface CloudFault {
  readonly service: CloudService;
  /** How often it must happen until a call fails: clients try again. */
  readonly times: number;
  readonly failure: Partial<Failures>;
}

const ssm = (response: KmsResponse, times = 1): CloudFault => ({
  ...{ service: "SSM", times },
  failure: { SSM: () => response },
});
const ssmWith = (values: Record<string, string>): CloudFault => ({
  ...{ service: "SSM", times: 1 },
  failure: { SSM: (input) => ssmResponse("staging", input, values) },
});
const kms = (response: KmsResponse, times = 1): CloudFault => ({
  ...{ service: "KMS", times },
  failure: { KMS: () => response },
});
/** @param failing the command; @default any but those that open a connection */
const redis = (reply: RedisReply, failing = /^(?!HELLO$|CLIENT$)/, times = 1): CloudFault => ({
  ...{ service: "Redis", times },
  failure: { Redis: ([name = ""]) => (failing.test(name) ? reply : undefined) },
});
const redisRefusing = (message: string) => redis({ value: new Error(message) });
/** At each attempt: one precedes the first command. */
const redisLogin = (reply: RedisReply) => redis(reply, /^HELLO$/, Number.POSITIVE_INFINITY);
const redisRefusingLogin = (message: string) => redisLogin({ value: new Error(message) });
/** @param failing the command; @default any but those that open a connection */
const mongo = (reply: Reply, times = 1, failing = /^(?!hello$|ismaster$|sasl|ping$|endSessions$)/): CloudFault => ({
  ...{ service: "MongoDB", times },
  failure: { MongoDB: (name) => (failing.test(name) ? reply : undefined) },
});
const mongoRefusing = (code: number, codeName: string, failing?: RegExp) =>
  mongo({ ok: 0, code, codeName, errmsg: "refused" }, 1, failing);

/** Nothing listens at the first port that no user may use. */
const nowhere = "127.0.0.1:1";

/** How each service may fail. A lost response leads to a second attempt of the driver of MongoDB, and to two of the AWS SDK. */
export const cloudFaults = {
  "SSM refuses the call": ssm("AccessDeniedException"),
  "SSM throttles the call": ssm("ThrottlingException", 3),
  "SSM fails inside": ssm(500, 3),
  "SSM closes the connection": ssm("drop", 3),
  "SSM does not respond": ssm("silence", 3),
  "SSM sends half a response": ssm("half"),
  "SSM responds without the parameters": ssm({}),
  "SSM has no parameter": ssmWith({}),
  "SSM has malformed values": ssmWith({
    [parameters.mongodbUri]: "mongodb:",
    [parameters.redisUrl]: "127.0.0.1:6379",
    [parameters.jwtSigningKeys]: '{"next":"arn"}',
    [parameters.refreshTokenPepper]: "c2hvcnQ=",
  }),
  "SSM has addresses of servers that are gone": ssmWith({
    [parameters.mongodbUri]: `mongodb://${nowhere}/ecobeat?directConnection=true`,
    [parameters.redisUrl]: `redis://ecobeat@${nowhere}`,
    [parameters.jwtSigningKeys]: "null",
    [parameters.refreshTokenPepper]: "",
  }),
  "KMS refuses the call": kms("AccessDeniedException"),
  "KMS throttles the call": kms("ThrottlingException", 3),
  "KMS fails inside": kms(500, 3),
  "KMS closes the connection": kms("drop", 3),
  "KMS does not respond": kms("silence", 3),
  "KMS sends half a response": kms("half"),
  "KMS responds without a key or signature": {
    ...{ service: "KMS", times: 1 },
    failure: { KMS: (action) => (action === "DescribeKey" ? undefined : {}) },
  },
  "Redis does not accept the user": redisRefusingLogin("WRONGPASS invalid username-password pair"),
  "Redis does not permit the login": redisRefusingLogin("NOPERM this user has no permissions"),
  "Redis has no place for a client": redisRefusingLogin("ERR max number of clients reached"),
  "Redis closes the connection at the login": redisLogin("drop"),
  "Redis loads its data": redisRefusing("LOADING Redis is loading the dataset in memory"),
  "Redis is no longer the primary": redisRefusing("READONLY You can't write against a read only replica."),
  "Redis has no memory": redisRefusing("OOM command not allowed when used memory > 'maxmemory'."),
  "Redis does not permit the command": redisRefusing("NOPERM this user has no permissions to run the command"),
  "Redis closes the connection": redis("drop"),
  "Redis does not reply": redis("silence"),
  "Redis sends half a reply": redis("half"),
  "MongoDB does not accept the user": mongoRefusing(18, "AuthenticationFailed", /^saslStart$/),
  "MongoDB closes the connection at the login": mongo("drop", 1, /^saslStart$/),
  "MongoDB refuses the command": mongoRefusing(8_000, "AtlasError"),
  "MongoDB does not permit the command": mongoRefusing(13, "Unauthorized"),
  "MongoDB closes the connection": mongo("drop", 2),
  "MongoDB sends half a reply": mongo("half", 2),
} as const satisfies Record<string, CloudFault>;

export type CloudFaultName = keyof typeof cloudFaults;

/** Makes a service fail as often as it takes for one call to fail. @returns how often it will fail still */
export function failOnce(failures: Partial<Failures>, name: CloudFaultName): () => number {
  const { service, times, failure }: CloudFault = cloudFaults[name];
  const respond = failure[service] as (request: unknown) => never;
  let left = times;
  const respondOnce = (request: unknown) => {
    const response = left > 0 ? respond(request) : undefined;
    if (response !== undefined) left -= 1;
    return response as never;
  };
  failures[service] = respondOnce;
  return () => left;
}
