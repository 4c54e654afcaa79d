import { getRandomBytes } from "wasi:random/random@0.2.4";

import * as log from "./log.js";
import { TextDecoder, TextEncoder } from "./text.js";

// Gives the engine what scripts expect of one: it has none of these, and its own Math.random begins
// with the same seed in every call.
export function provideGlobals() {
  Math.random = random;
  globalThis.console ??= { ...log, log: log.info };
  globalThis.crypto ??= { getRandomValues, randomUUID };
  globalThis.TextEncoder ??= TextEncoder;
  globalThis.TextDecoder ??= TextDecoder;
}

function random() {
  const [high, low] = getRandomValues(new Uint32Array(2));
  return ((high >>> 6) * 2 ** 27 + (low >>> 5)) / 2 ** 53;
}

function getRandomValues(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  bytes.set(getRandomBytes(bytes.length));
  return array;
}

function randomUUID() {
  const bytes = getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
