/**
 * Makes the pauses between the attempts of a client as short as they can be, while a suite runs: the AWS SDK chooses them at random
 * between zero and a bound.
 */
export function useShortestPauses(): void {
  const { random } = Math;
  before(() => {
    Math.random = () => 0;
  });
  after(() => {
    Math.random = random;
  });
}
