class Failure(Exception):
    """Why a task failed, by a name that Retry and Catch match.

    `error` is by convention `Plugin.Reason`, such as `Payments.CardDeclined`; `cause` says what
    happened, for people. The host waits at least `retry_after_ms` before the next attempt.
    """

    def __init__(self, error: str, cause: str = "", retry_after_ms: int | None = None):
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        return f"{self.error}: {self.cause}"
