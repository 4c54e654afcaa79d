import { get as lookUp, names } from "stepwell:task/config@0.1.0";

import { Failure } from "./failure.js";

export { names };

export const get = (name) => lookUp(name) ?? undefined;

export function require(name) {
  const value = get(name);
  if (value === undefined) {
    throw new Failure("Config.Missing", `the configuration value ${name} was not granted`);
  }
  return value;
}
