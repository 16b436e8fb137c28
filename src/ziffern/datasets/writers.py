"""What the name of a writer tells: country, age and sex, or the collection the hand is from.

    groups("0001_CH4M")      # {"country": "CH", "age": "35–44", "sex": "man"}

Two ways of naming writers are known. That of the Swiss collection kensanata/numbers, which is of
use for folders of one's own too: any name, an underscore, the country by ISO 3166 (two letters),
the age rounded to decades (4 is 35 to 44), and M, F, O or X for the sex; X and XX are unknown. And
that of NIST's forms in QMNIST: the series of forms, a hyphen, the number of the writer. Nothing is
read here.
"""

from __future__ import annotations

import re

_BY_PERSON = re.compile(r".+_(?P<country>[A-Z]{2})(?P<age>[0-9]|XX?)(?P<sex>[MFOX])")
_SEX = {"M": "man", "F": "woman", "O": "other"}
_BY_FORM = re.compile(r"hsf_(?P<series>\d)-\d+")
_STUDENTS = 4  # of NIST's series; the others are by staff of the Census Bureau


def groups(writer: str) -> dict[str, str]:
    """Return what is known of a writer by the kind of group: country, age, sex; or hands.

    The country is its ISO code, the age a range of years ("35–44"), the sex "man", "woman" or
    "other", and hands "students" or "census staff". What is unknown is left out.
    """
    if found := _BY_PERSON.fullmatch(writer):
        known = {}
        if found["country"] != "XX":
            known["country"] = found["country"]
        if "X" not in found["age"]:
            middle = 10 * int(found["age"])
            known["age"] = f"{max(middle - 5, 0)}–{middle + 4}"
        if found["sex"] in _SEX:
            known["sex"] = _SEX[found["sex"]]
        return known
    if found := _BY_FORM.fullmatch(writer):
        return {"hands": "students" if int(found["series"]) == _STUDENTS else "census staff"}
    return {}
