import { getAccountRequests, mailQuotas, rsaOperationsPerSecond } from "./contract.ts";
import type { Limit } from "./limit.ts";
import {
  addRates,
  countMailsOfDay,
  getNeededRate,
  getPeakMails,
  getRates,
  requestsPerOpening,
  type Scenario,
} from "./traffic-model.ts";

const gatewaySource =
  "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html";

const mailSource = "https://docs.aws.amazon.com/ses/latest/dg/quotas.html";

const getAllRates = (scenario: Scenario) => {
  const { auth, api } = getRates(scenario);
  return addRates(auth, api);
};

/** Limits on requests before and in the functions: WAF, API Gateway, KMS. */
export const requestLimits: readonly Limit[] = [
  {
    id: "waf-address",
    name: "WAF, requests of one address",
    unit: "requests in 5 min",
    effect: "fails",
    raise: "`api.requestsPerAddress`",
    value: ({ api }) => api.requestsPerAddress,
    // How many phones share the busiest address of a mobile network, no one knows.
    adjustable: "member",
    alarm: { none: "-api-waf and -edge-waf fire on the share of requests that WAF blocks" },
  },
  {
    id: "gateway-auth",
    name: "API Gateway, routes of auth",
    unit: "requests/s",
    effect: "fails",
    raise: "`api.auth.requestsPerSecond` with `api.auth.burst`",
    value: ({ api }) => api.auth.requestsPerSecond,
    load: (scenario, { api }) => getNeededRate(getRates(scenario).auth, api.auth.burst),
    source: gatewaySource,
    adjustable: "member",
    alarm: { suffix: "-auth-requests", scale: 60 },
  },
  {
    id: "gateway-all",
    name: "API Gateway, all routes",
    unit: "requests/s",
    effect: "fails",
    raise: "`api.requestsPerSecond` with `api.burst`",
    value: ({ api }) => api.requestsPerSecond,
    load: (scenario, { api }) => getNeededRate(getAllRates(scenario), api.burst),
    source: gatewaySource,
    adjustable: "member",
    alarm: { suffix: "-rest-api-requests", scale: 60 },
  },
  {
    id: "gateway-account",
    name: "API Gateway, all APIs of the account",
    unit: "requests/s",
    effect: "fails",
    raise: 'the quota "Throttle rate" of API Gateway',
    value: (environment) => getAccountRequests(environment).perSecond,
    load: (scenario, environment) => getNeededRate(getAllRates(scenario), getAccountRequests(environment).burst),
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    adjustable: "quota",
    quota: { ServiceCode: "apigateway", QuotaCode: "L-8A5B8E43" },
    needed: ({ api }) => api.requestsPerSecond,
    alarm: { suffix: "-rest-api-requests", scale: 60 },
  },
  {
    id: "kms-signatures",
    name: "KMS, signatures with RSA keys",
    unit: "signatures/s",
    effect: "fails",
    raise: 'the quota "Cryptographic operations (RSA) request rate" of KMS',
    value: () => rsaOperationsPerSecond,
    load: (scenario) => {
      const { base, rise } = getRates(scenario).auth;
      return base + rise;
    },
    source: "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
    adjustable: "quota",
    quota: { ServiceCode: "kms", QuotaCode: "L-2AC98190" },
    // Each login and refresh has one.
    needed: ({ api }) => api.auth.requestsPerSecond,
    alarm: { suffix: "-kms-signatures", scale: 60 },
  },
  {
    id: "mails-day",
    name: "SES, mails in 24 hours",
    unit: "mails",
    // The queue drops what waits for a day, and links expire before.
    effect: "fails",
    raise: 'the quota "Sending quota" of SES',
    value: () => mailQuotas.perDay,
    load: countMailsOfDay,
    source: mailSource,
    adjustable: "quota",
    quota: { ServiceCode: "ses", QuotaCode: "L-804C8AE8" },
    alarm: { suffix: "-mails-sent" },
  },
  {
    id: "mails-second",
    name: "SES, mails per second",
    unit: "mails/s",
    effect: "slows",
    raise: 'the quota "Sending rate" of SES',
    value: () => mailQuotas.perSecond,
    load: getPeakMails,
    source: mailSource,
    adjustable: "quota",
    quota: { ServiceCode: "ses", QuotaCode: "L-CDEF9B6B" },
    alarm: { none: "mails wait in the queue, and -mails-delayed fires when they wait for five minutes" },
  },
];

/** Openings of the app in five minutes that the limit of one address lets through. */
export const getOpeningsPerAddress = (requestsPerAddress: number): number =>
  Math.floor(requestsPerAddress / requestsPerOpening);
