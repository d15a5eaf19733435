/** A document, as any of the releases may have stored it. */
export interface Person {
  _id: string;
  name: string;
  displayName: string;
}
