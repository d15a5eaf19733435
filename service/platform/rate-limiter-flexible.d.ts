// The package's index loads a limiter for each of a dozen databases. It does not declare them by themselves.

declare module "rate-limiter-flexible/lib/RateLimiterMemory.js" {
  export { RateLimiterMemory as default } from "rate-limiter-flexible";
}
