import { get as lookUp } from "stepwell:task/secrets@0.1.0";

import { Failure } from "./failure.js";

export const get = (name) => lookUp(name) ?? undefined;

export function require(name) {
  const value = get(name);
  if (value === undefined) {
    throw new Failure("Secrets.Missing", `the secret ${name} was not granted`);
  }
  return value;
}
