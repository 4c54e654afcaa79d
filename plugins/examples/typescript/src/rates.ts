import { config, Failure, http, JsonStore, secrets } from "stepwell";

import type { Rates } from "./convert.ts";

/** The service that is asked unless the configuration names another. It needs no key. */
export const HOST = "api.frankfurter.dev";

const HOUR = 3_600_000;

interface Kept {
  at: number;
  rates: Rates;
}

/** The latest rates, from the store where they are no older than an hour. */
export function latest(): Rates {
  const url = config.get("rates-url") ?? `https://${HOST}/v1/latest`;
  const store = new JsonStore<Kept>("rates");
  const kept = attempt(() => store.get(url)?.value);
  if (kept && Date.now() - kept.at < HOUR) return kept.rates;
  const rates = ask(url);
  attempt(() => store.set(url, { at: Date.now(), rates }));
  return rates;
}

function ask(url: string): Rates {
  const key = secrets.get("rates-key");
  const headers = { authorization: key && `Bearer ${key}` };
  const response = http.request(url, { headers, timeoutMs: 10_000 });
  if (response.status === 429) {
    const seconds = Number(response.headers["retry-after"] ?? 60);
    throw new Failure("Exchange.Busy", "the service asks for patience", seconds * 1000);
  }
  if (!response.ok) {
    throw new Failure("Exchange.Unavailable", `the service answered ${response.status}`);
  }
  return response.json();
}

/** Without the store the service is asked each time. */
function attempt<Value>(use: () => Value): Value | undefined {
  try {
    return use();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    console.warn("the rates are not kept:", thrown.cause);
    return undefined;
  }
}
