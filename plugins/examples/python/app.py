"""Reports on tables in CSV: what is in each column, in figures."""

import csv
import io
import logging
import statistics
from collections import Counter

from stepwell import Failure, Plugin

# As many of the most frequent values are told.
MOST = 3

plugin = Plugin("csv-report", "0.1.0", "Reports on tables in CSV")


@plugin.task(
    effect="pure",
    input={
        "type": "object",
        "required": ["csv"],
        "properties": {
            "csv": {"type": "string", "description": "The table, with the names of its columns"},
            "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
        },
    },
    output={
        "type": "object",
        "required": ["rows", "columns"],
        "properties": {"rows": {"type": "integer"}, "columns": {"type": "object"}},
    },
)
def summarise(input):
    """Describes each column of a table: its spread, or its most frequent values"""
    header, rows = read(input["csv"], input.get("delimiter", ","))
    logging.info("%d rows of %d columns", len(rows), len(header))
    columns = {name: describe([row[at] for row in rows]) for at, name in enumerate(header)}
    return {"rows": len(rows), "columns": columns}


def read(text, delimiter):
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = next(reader, None)
    rows = []
    for row in filter(None, reader):
        if len(row) != len(header):
            cause = f"line {reader.line_num} has {len(row)} fields, the header has {len(header)}"
            raise Failure("CsvReport.UnevenRow", cause)
        rows.append([field.strip() for field in row])
    if not rows:
        raise Failure("CsvReport.Empty", "the table has no rows below its header")
    return [name.strip() for name in header], rows


def describe(fields):
    values = [field for field in fields if field]
    summary = {"missing": len(fields) - len(values)}
    numbers = as_numbers(values)
    if not numbers:
        most = [{"value": value, "count": n} for value, n in Counter(values).most_common(MOST)]
        return {"kind": "text", **summary, "distinct": len(set(values)), "most": most}
    return {
        "kind": "number",
        **summary,
        "least": min(numbers),
        "greatest": max(numbers),
        "mean": rounded(statistics.fmean(numbers)),
        "median": rounded(statistics.median(numbers)),
        "deviation": rounded(statistics.stdev(numbers)) if len(numbers) > 1 else 0.0,
    }


def as_numbers(values):
    try:
        return [float(value) for value in values]
    except ValueError:
        return []


def rounded(number):
    return round(number, 6)
