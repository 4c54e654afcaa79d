// Amounts of money in other currencies, at the rates of a service.

import { definePlugin, task } from "stepwell";

import { type Amount, checkAmount, checkRates } from "./check.ts";
import { convert, type Rates } from "./convert.ts";
import { HOST, latest } from "./rates.ts";

interface Converted {
  amount: number;
  currency: string;
  /** The day the rates are of. */
  date: string;
}

const amount = {
  amount: { type: "number", minimum: 0 },
  from: { type: "string", pattern: "^[A-Z]{3}$" },
  to: { type: "string", pattern: "^[A-Z]{3}$" },
};

const converted = {
  type: "object",
  required: ["amount", "currency", "date"],
  properties: {
    amount: { type: "number" },
    currency: { type: "string" },
    date: { type: "string" },
  },
};

const atRates = task<Amount & { rates: Rates }, Converted>({
  summary: "Converts an amount at rates that are given",
  effect: "pure",
  input: {
    type: "object",
    required: ["amount", "from", "to", "rates"],
    properties: {
      ...amount,
      rates: {
        type: "object",
        required: ["base", "date", "rates"],
        properties: {
          base: { type: "string" },
          date: { type: "string" },
          rates: { type: "object", additionalProperties: { type: "number" } },
        },
      },
    },
  },
  output: converted,
  run(input) {
    const { amount, from, to } = checkAmount(input);
    const rates = checkRates(input.rates);
    return { amount: convert(amount, from, to, rates), currency: to, date: rates.date };
  },
});

const today = task<Amount, Converted>({
  summary: "Converts an amount at the latest rates, which it looks up once an hour",
  effect: "idempotent",
  input: { type: "object", required: ["amount", "from", "to"], properties: amount },
  output: converted,
  run(input) {
    const { amount, from, to } = checkAmount(input);
    const rates = latest();
    return { amount: convert(amount, from, to, rates), currency: to, date: rates.date };
  },
});

export const plugin = definePlugin({
  name: "exchange",
  version: "0.1.0",
  summary: "Converts amounts of money between currencies",
  wants: {
    http: [HOST],
    config: ["rates-url"],
    secrets: ["rates-key"],
    keyValue: ["rates"],
  },
  tasks: { "at-rates": atRates, today },
});
