export { definePlugin, task } from "./plugin.js";
export { Failure } from "./failure.js";
export { JsonStore, Store } from "./store.js";
export * as call from "./call.js";
export * as config from "./config.js";
export * as http from "./http.js";
export * as log from "./log.js";
export * as secrets from "./secrets.js";
