import logging

from wit_world.imports import log

LEVELS = [
    (logging.ERROR, log.Level.ERROR),
    (logging.WARNING, log.Level.WARN),
    (logging.INFO, log.Level.INFO),
    (logging.DEBUG, log.Level.DEBUG),
]


class Handler(logging.Handler):
    """Writes records to the log of the call."""

    def emit(self, record: logging.LogRecord) -> None:
        level = next((level for least, level in LEVELS if record.levelno >= least), log.Level.TRACE)
        try:
            log.write(level, self.format(record))
        except Exception:
            self.handleError(record)
