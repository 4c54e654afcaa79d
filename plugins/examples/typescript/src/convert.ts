import { Failure } from "stepwell";

/** What one unit of the base is worth in other currencies. */
export interface Rates {
  base: string;
  /** The day they are of. */
  date: string;
  rates: { [currency: string]: number };
}

/** Currencies that have no smaller unit. */
const WHOLE = new Set(["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"]);

/** An amount in another currency, in whole units of its smallest coin. */
export function convert(amount: number, from: string, to: string, rates: Rates): number {
  const exact = (amount / rate(from, rates)) * rate(to, rates);
  const coins = WHOLE.has(to) ? 1 : 100;
  return Math.round(exact * coins) / coins;
}

function rate(currency: string, { base, rates }: Rates): number {
  const rate = currency === base ? 1 : rates[currency];
  if (rate === undefined || rate <= 0) {
    throw new Failure("Exchange.UnknownCurrency", `there is no rate for ${currency}`);
  }
  return rate;
}
