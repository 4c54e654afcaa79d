import * as keyValue from "stepwell:task/key-value@0.1.0";

import { Failure } from "./failure.js";
import { TextDecoder, TextEncoder } from "./text.js";

export class Store {
  constructor(name) {
    this.name = name;
  }

  get(key) {
    const entry = this.#ask(() => keyValue.get(this.name, key));
    return entry && { value: this.decode(entry.value), version: entry.version };
  }

  set(key, value) {
    return this.#ask(() => keyValue.set(this.name, key, this.encode(value)));
  }

  compareAndSwap(key, expected, value) {
    const bytes = this.encode(value);
    return this.#ask(() => keyValue.compareAndSwap(this.name, key, expected, bytes));
  }

  update(key, change) {
    for (;;) {
      const entry = this.get(key);
      const value = change(entry?.value);
      if (this.compareAndSwap(key, entry?.version ?? null, value) !== null) return value;
    }
  }

  delete(key, expected = null) {
    return this.#ask(() => keyValue.delete(this.name, key, expected));
  }

  keys({ prefix = "", after = null, limit = 1000 } = {}) {
    return this.#ask(() => keyValue.keys(this.name, prefix, after, limit));
  }

  encode(value) {
    return value;
  }

  decode(bytes) {
    return bytes;
  }

  #ask(question) {
    try {
      return question();
    } catch (thrown) {
      throw refused(this.name, thrown);
    }
  }
}

export class JsonStore extends Store {
  encode(value) {
    return new TextEncoder().encode(JSON.stringify(value));
  }

  decode(bytes) {
    return JSON.parse(new TextDecoder().decode(bytes));
  }
}

function refused(store, thrown) {
  switch (thrown.payload?.tag) {
    case "access-denied":
      return new Failure("KeyValue.AccessDenied", `the store ${store} was not granted`);
    case "limit-exceeded":
      return new Failure("KeyValue.LimitExceeded", thrown.payload.val);
    case "unavailable":
      return new Failure("KeyValue.Unavailable", thrown.payload.val);
    default:
      return thrown;
  }
}
