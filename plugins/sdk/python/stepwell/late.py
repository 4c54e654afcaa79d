"""Modules that the standard library imports only when it comes to need them, which in a call is too
late: there are no files then."""

import _strptime  # datetime.strptime
import copy  # Counter.copy
import decimal  # Fraction.from_decimal
import encodings.ascii
import encodings.cp1252
import encodings.idna
import encodings.latin_1
import encodings.utf_16
import encodings.utf_8_sig
import heapq  # Counter.most_common
import unicodedata  # urllib.parse
