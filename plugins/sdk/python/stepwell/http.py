"""Requests over HTTP to the hosts that were granted. They return when the answer is there.

Import it as `from stepwell.http import request`: the build looks for that name, and lets only
plugins that have it import `wasi:http`.
"""

import json as json_text
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from componentize_py_types import Err, Ok

try:
    from wit_world.imports import http_types, outgoing_handler, streams
except ImportError:
    raise ImportError(
        "the build has not seen that this plugin makes HTTP requests: "
        "write `from stepwell.http import request`"
    ) from None

from .failure import Failure

# The host takes and gives so many bytes at one go.
WRITE = 4096
READ = 65536

METHODS = {
    "GET": http_types.Method_Get,
    "HEAD": http_types.Method_Head,
    "POST": http_types.Method_Post,
    "PUT": http_types.Method_Put,
    "DELETE": http_types.Method_Delete,
    "CONNECT": http_types.Method_Connect,
    "OPTIONS": http_types.Method_Options,
    "TRACE": http_types.Method_Trace,
    "PATCH": http_types.Method_Patch,
}


@dataclass(frozen=True)
class Response:
    """What a server has answered."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body, which must be UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body, which must be JSON."""
        return json_text.loads(self.body)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | str = b"",
    json: Any = None,
    timeout: float | None = None,
) -> Response:
    """Makes a request, with `json` as its body if that is given.

    `timeout` is in seconds, for connecting and for each wait for bytes. Fails with
    `Http.ConnectionRefused`, `Http.RequestDenied` and others of `wasi:http`.
    """
    fields = {name.lower(): value for name, value in (headers or {}).items()}
    if json is not None:
        body = json_text.dumps(json)
        fields.setdefault("content-type", "application/json")
    content = body.encode() if isinstance(body, str) else body
    if content or method.upper() not in ("GET", "HEAD"):
        fields["content-length"] = str(len(content))
    outgoing = _head(method, url, fields)
    writer = outgoing.body()
    try:
        future = outgoing_handler.handle(outgoing, _options(timeout))
    except Err as error:
        raise _failure(error.value) from None
    try:
        _write(writer, content)
    except Err:
        # The answer, or its absence, says more.
        pass
    return _receive(future)


def _head(method: str, url: str, headers: Mapping[str, str]) -> http_types.OutgoingRequest:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Failure("Http.InvalidUrl", f"{url} is no URL of http or https")
    scheme = http_types.Scheme_Https() if parts.scheme == "https" else http_types.Scheme_Http()
    known = METHODS.get(method.upper())
    query = f"?{parts.query}" if parts.query else ""
    try:
        fields = [(name, value.encode()) for name, value in headers.items()]
        outgoing = http_types.OutgoingRequest(http_types.Fields.from_list(fields))
        outgoing.set_method(known() if known else http_types.Method_Other(method))
        outgoing.set_scheme(scheme)
        outgoing.set_authority(parts.netloc)
        outgoing.set_path_with_query((parts.path or "/") + query)
    except Err:
        cause = f"{method} {url} with its headers is no valid request"
        raise Failure("Http.InvalidRequest", cause) from None
    return outgoing


def _options(timeout: float | None) -> http_types.RequestOptions | None:
    if timeout is None:
        return None
    nanoseconds = int(timeout * 1e9)
    options = http_types.RequestOptions()
    options.set_connect_timeout(nanoseconds)
    options.set_first_byte_timeout(nanoseconds)
    options.set_between_bytes_timeout(nanoseconds)
    return options


def _write(writer: http_types.OutgoingBody, body: bytes) -> None:
    # The body cannot be finished while its stream is there.
    with writer.write() as stream:
        for start in range(0, len(body), WRITE):
            stream.blocking_write_and_flush(body[start : start + WRITE])
    http_types.OutgoingBody.finish(writer, None)


def _receive(future: http_types.FutureIncomingResponse) -> Response:
    with future.subscribe() as ready:
        ready.block()
    answer = future.get()
    if not isinstance(answer, Ok) or not isinstance(answer.value, Ok):
        raise _failure(answer.value.value)
    incoming = answer.value.value
    headers: dict[str, str] = {}
    for name, value in incoming.headers().entries():
        name, text = name.lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    with incoming.consume() as body, body.stream() as stream:
        return Response(incoming.status(), headers, _read(stream))


def _read(stream: streams.InputStream) -> bytes:
    chunks = []
    while True:
        try:
            chunks.append(stream.blocking_read(READ))
        except Err as error:
            match error.value:
                case streams.StreamError_Closed():
                    return b"".join(chunks)
                case streams.StreamError_LastOperationFailed(reason):
                    raise Failure("Http.ConnectionBroken", reason.to_debug_string()) from None
            raise


def _failure(code: Any) -> Failure:
    """`ErrorCode_ConnectionRefused` as `Http.ConnectionRefused`, `ErrorCode_HttpRequestDenied` as
    `Http.RequestDenied`."""
    name = type(code).__name__.removeprefix("ErrorCode_").removeprefix("Http")
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
    detail = getattr(code, "value", None)
    suffix = "" if detail is None else f": {detail}"
    return Failure(f"Http.{name}", f"the request failed: {words}{suffix}")
