// The build puts the namespace `wasi` in the place of `wa5i` when the engine is done with it: see
// host/build/src/language/javascript.rs.
import { handle } from "wa5i:http/outgoing-handler@0.2.4";
import { Fields, OutgoingBody, OutgoingRequest, RequestOptions } from "wa5i:http/types@0.2.4";

import { Failure } from "./failure.js";
import { latin1, TextDecoder, TextEncoder } from "./text.js";

const METHODS = "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split(" ");

export class Response {
  #bytes;

  constructor(status, headers, bytes) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.headers = headers;
    this.#bytes = bytes;
  }

  bytes() {
    return this.#bytes;
  }

  text() {
    return new TextDecoder().decode(this.#bytes);
  }

  json() {
    return JSON.parse(this.text());
  }
}

export function request(url, { method, headers = {}, body, json, timeoutMs } = {}) {
  method ??= body === undefined && json === undefined ? "GET" : "POST";
  const sent = content(method, headers, body, json);
  const outgoing = head(url, method, sent.headers);
  const writer = outgoing.body();
  using future = attempt(() => handle(outgoing, options(timeoutMs)));
  try {
    write(writer, sent.bytes);
  } catch {
    // The answer, or its absence, says more.
  }
  return attempt(() => receive(future));
}

// Headers and bytes of what is sent.
function content(method, headers, body, json) {
  const text = json === undefined ? body : JSON.stringify(json);
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const all = new Map(given.map(([name, value]) => [name.toLowerCase(), value]));
  if (json !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
  if (bytes || !/^(GET|HEAD)$/i.test(method)) all.set("content-length", bytes?.length ?? 0);
  return { headers: all, bytes };
}

function head(url, method, headers) {
  const parts = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url);
  if (!parts) throw new Failure("Http.InvalidUrl", `${url} is no URL of http or https`);
  const [, scheme, authority, path] = parts;
  const encoder = new TextEncoder();
  const fields = Array.from(headers, ([name, value]) => [name, encoder.encode(String(value))]);
  try {
    const outgoing = new OutgoingRequest(Fields.fromList(fields));
    const tag = method.toLowerCase();
    const known = METHODS.includes(method.toUpperCase());
    outgoing.setMethod(known ? { tag } : { tag: "other", val: method });
    outgoing.setScheme({ tag: scheme.toUpperCase() });
    outgoing.setAuthority(authority);
    outgoing.setPathWithQuery(path.startsWith("/") ? path : `/${path}`);
    return outgoing;
  } catch {
    const cause = `${method} ${url} with its headers is no valid request`;
    throw new Failure("Http.InvalidRequest", cause);
  }
}

function options(timeoutMs) {
  if (timeoutMs === undefined) return null;
  const nanoseconds = timeoutMs * 1e6;
  const options = new RequestOptions();
  options.setConnectTimeout(nanoseconds);
  options.setFirstByteTimeout(nanoseconds);
  options.setBetweenBytesTimeout(nanoseconds);
  return options;
}

// Resources are disposed of in the opposite order, as the host demands: what belongs to another
// goes first.

function write(body, bytes = new Uint8Array()) {
  {
    using stream = body.write();
    // The host takes 4,096 bytes at one go.
    for (let start = 0; start < bytes.length; start += 4096) {
      stream.blockingWriteAndFlush(bytes.subarray(start, start + 4096));
    }
  }
  OutgoingBody.finish(body, null);
}

function receive(future) {
  {
    using ready = future.subscribe();
    ready.block();
  }
  const { val: answer } = future.get();
  if (answer.tag === "err") throw failed(answer.val);
  using incoming = answer.val;
  using fields = incoming.headers();
  using body = incoming.consume();
  using stream = body.stream();
  return new Response(incoming.status(), headers(fields), read(stream));
}

function headers(fields) {
  const headers = {};
  for (const [name, value] of fields.entries()) {
    const key = name.toLowerCase();
    const text = latin1(value);
    headers[key] = key in headers ? `${headers[key]}, ${text}` : text;
  }
  return headers;
}

function read(stream) {
  const chunks = [];
  for (;;) {
    try {
      chunks.push(stream.blockingRead(65536));
    } catch (thrown) {
      if (thrown.payload?.tag === "closed") break;
      throw thrown;
    }
  }
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function attempt(step) {
  try {
    return step();
  } catch (thrown) {
    const code = thrown.payload;
    if (code?.tag === "last-operation-failed") {
      throw new Failure("Http.ConnectionBroken", code.val.toDebugString());
    }
    throw code?.tag ? failed(code) : thrown;
  }
}

// `connection-refused` as `Http.ConnectionRefused`, `HTTP-request-denied` as
// `Http.RequestDenied`.
function failed({ tag, val }) {
  const words = tag
    .toLowerCase()
    .replace(/^http-/, "")
    .split("-");
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const detail = val === undefined || val === null ? "" : `: ${JSON.stringify(val)}`;
  return new Failure(`Http.${name}`, `the request failed: ${words.join(" ")}${detail}`);
}
