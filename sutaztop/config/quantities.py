"""Kubernetes' quantities: decimal numbers with a suffix, exact."""

import re
from fractions import Fraction

_QUANTITY = re.compile("([0-9]{1,18})(?:[.]([0-9]{1,9}))?([numkMGTP]|[KMGTP]i)?")
_FACTORS = {
    "": Fraction(1), "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": Fraction(10**3),
    "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12), "P": Fraction(10**15), "Ki": Fraction(2**10),
    "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50),
}  # fmt: skip


def parse_quantity(text: str) -> Fraction:
    """Read an amount from 0 on; raises ``ValueError`` without the text.

    >>> parse_quantity("500m"), parse_quantity("1.5Ki")
    (Fraction(1, 2), Fraction(1536, 1))
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError("not a quantity")
    before, after, suffix = match.groups()
    return (int(before) + Fraction(int(after or 0), 10 ** len(after or ""))) * _FACTORS[suffix or ""]
