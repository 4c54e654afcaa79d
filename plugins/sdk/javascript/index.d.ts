/** What can be written as JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A JSON Schema 2020-12. */
export type Schema = boolean | { [keyword: string]: unknown };

/**
 * What running a task twice with the same input would mean, which the host acts on after a crash:
 * - `pure`: same input, same output, nothing else touched; runs again.
 * - `idempotent`: safe to repeat under the same `idempotencyKey`; runs again.
 * - `at-most-once`: must not be repeated by itself; fails with `Stepwell.HostLost`.
 */
export type Effect = "pure" | "idempotent" | "at-most-once";

/** A task of a plugin. */
export interface Task<Input, Output> {
  /** One line for people who choose a task. */
  summary?: string;
  /** By default `at-most-once`. */
  effect?: Effect;
  /** What the input must look like. The host does not check it before a call: `run` copes. */
  input?: Schema;
  /** What the output looks like. */
  output?: Schema;
  /**
   * Runs the task to its end. An ordinary function, not an `async` one. What it throws is the
   * failure that Retry and Catch see: a `Failure` by its own name, anything else by the name of its
   * class.
   */
  run(input: Input): Output;
}

/** What the plugin would like to be granted; an operator decides. */
export interface Wants {
  /** Hosts, as `host`, `host:port` or `*.domain`. */
  http?: string[];
  /** Names of secrets. */
  secrets?: string[];
  /** Names of configuration values. */
  config?: string[];
  /** Absolute paths of directories. */
  directories?: string[];
  /** Names of key-value stores. */
  keyValue?: string[];
}

/** A plugin, as it is written. */
export interface Definition {
  name: string;
  /** Semantic version, such as `1.4.0`. */
  version: string;
  /** One line for people. */
  summary?: string;
  wants?: Wants;
  /** The tasks by name: at least one. */
  tasks: { [name: string]: Task<any, unknown> };
}

/** A plugin, as the host sees it. */
export interface Plugin {
  describe(): unknown;
  run(task: string, input: string): string;
}

/** Makes a plugin. The module exports it as `plugin`. */
export function definePlugin(definition: Definition): Plugin;

/** A task with types: `task<Input, Output>({ ... })`. */
export function task<Input, Output>(definition: Task<Input, Output>): Task<Input, Output>;

/** Why a task failed, by a name that Retry and Catch match. */
export class Failure extends Error {
  /**
   * @param error By convention `Plugin.Reason`, such as `Payments.CardDeclined`.
   * @param cause What happened, for people.
   * @param retryAfterMs The host waits at least so long before the next attempt.
   */
  constructor(error: string, cause?: string, retryAfterMs?: number | null);
  readonly error: string;
  readonly cause: string;
  readonly retryAfterMs: number | null;
}

/** The call at hand. */
export namespace call {
  interface Info {
    /** The account the execution belongs to. */
    tenant: string;
    executionArn: string;
    stateName: string;
    /** 0 for the first attempt, then one more for each retry. */
    attempt: number;
    /** The same for every attempt: hand it to services that take such a key. */
    idempotencyKey: string;
    /** Set where the state waits for a callback. */
    taskToken: string | null;
    /** When the host gives up on this attempt, in milliseconds since 1970. */
    deadlineUnixMs: number | null;
  }
  function info(): Info;
  /** Says that the task is still at work. */
  function heartbeat(): void;
}

/** Values that the operator sets and that need not be hidden. */
export namespace config {
  function get(name: string): string | undefined;
  /** The value, or the failure `Config.Missing`. */
  function require(name: string): string;
  /** The names that have a value. */
  function names(): string[];
}

/**
 * Secrets, or placeholders for them: use one like the value, in a header of a request. The host puts
 * the value in its place.
 */
export namespace secrets {
  function get(name: string): string | undefined;
  /** The secret, or the failure `Secrets.Missing`. */
  function require(name: string): string;
}

/** The call's log. `console` writes there too. */
export namespace log {
  function trace(...values: unknown[]): void;
  function debug(...values: unknown[]): void;
  function info(...values: unknown[]): void;
  function warn(...values: unknown[]): void;
  function error(...values: unknown[]): void;
}

/** A value in a store, and its version: every write has a later one. */
export interface Entry<Value> {
  value: Value;
  version: number;
}

/**
 * A key-value store. What is written is durable at once. Fails with `KeyValue.AccessDenied`,
 * `KeyValue.LimitExceeded` or `KeyValue.Unavailable`.
 */
declare class KeyValue<Value> {
  constructor(name: string);
  readonly name: string;
  get(key: string): Entry<Value> | null;
  /** Writes, and gives the new version. */
  set(key: string, value: Value): number;
  /** Writes where the version is still `expected`, null for none; null where it was not. */
  compareAndSwap(key: string, expected: number | null, value: Value): number | null;
  /** Changes a value, again and again until nobody else has changed it meanwhile. */
  update(key: string, change: (value: Value | undefined) => Value): Value;
  /** Whether there was one. */
  delete(key: string, expected?: number | null): boolean;
  /** At most 1,000 keys, in the order of their bytes. */
  keys(which?: { prefix?: string; after?: string | null; limit?: number }): string[];
}

/** A store of bytes. */
export class Store extends KeyValue<Uint8Array> {}

/** A store of values as JSON. */
export class JsonStore<Value = any> extends KeyValue<Value> {}

/** Requests over HTTP to the hosts that were granted. They return when the answer is there. */
export namespace http {
  interface Options {
    /** By default GET, or POST where there is a body. */
    method?: string;
    headers?: { [name: string]: string | undefined };
    body?: string | Uint8Array;
    /** A body that is sent as JSON. */
    json?: unknown;
    /** For connecting, and for each wait for bytes. */
    timeoutMs?: number;
  }
  class Response {
    readonly status: number;
    /** Whether the status is 200 to 299. */
    readonly ok: boolean;
    /** By name in lower case. */
    readonly headers: { readonly [name: string]: string };
    bytes(): Uint8Array;
    text(): string;
    json(): any;
  }
  /** Fails with `Http.ConnectionRefused`, `Http.RequestDenied` and others of `wasi:http`. */
  function request(url: string, options?: Options): Response;
}

declare global {
  /** The call's log. */
  const console: {
    trace(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
  };
  const crypto: {
    getRandomValues<Array extends ArrayBufferView>(array: Array): Array;
    randomUUID(): string;
  };
  class TextEncoder {
    encode(text?: string): Uint8Array;
  }
  class TextDecoder {
    constructor(label?: string);
    decode(bytes?: ArrayBufferView | ArrayBuffer): string;
  }
}
