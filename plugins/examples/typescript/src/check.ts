import { Failure } from "stepwell";

import type { Rates } from "./convert.ts";

/** What is to be converted. */
export interface Amount {
  amount: number;
  from: string;
  to: string;
}

const CURRENCY = /^[A-Z]{3}$/;

/** The amount, if it is one: types are gone where a plugin runs, and input is what others wrote. */
export function checkAmount<Input extends Amount>(input: Input): Input {
  if (!isObject(input)) throw invalid("there is no amount");
  if (typeof input.amount !== "number") throw invalid("the amount is no number");
  if (input.amount < 0) throw new Failure("Exchange.InvalidAmount", "the amount is below zero");
  for (const currency of [input.from, input.to]) {
    if (typeof currency !== "string" || !CURRENCY.test(currency)) throw invalid("no currency");
  }
  return input;
}

/** The rates, if they are any. */
export function checkRates(rates: Rates): Rates {
  if (!isObject(rates) || !isObject(rates.rates)) throw invalid("there are no rates");
  const { base, date } = rates;
  if (typeof base !== "string" || typeof date !== "string") throw invalid("no base, or no date");
  if (!Object.values(rates.rates).every((rate) => typeof rate === "number")) {
    throw invalid("a rate is no number");
  }
  return rates;
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(cause: string): Failure {
  return new Failure("InvalidInput", cause);
}
