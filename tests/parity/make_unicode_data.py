"""Writes unicode_data.cpp and unicode_forms_data.cpp in t5/text/unicode/ from Python's unicodedata.

    build/oracle/bin/python tests/parity/make_unicode_data.py

Unicode 14.0.0 (Python 3.11). The formats are told in t5/text/unicode/unicode_data.h.
"""

import textwrap
import unicodedata

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
# Letters by the property Other_Alphabetic that are symbols by category, class K: Ⓐ … ⓩ, 🄰 … 🆉.
ALPHABETIC = [(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]


def class_of(code):
    category = unicodedata.category(chr(code))
    if any(first <= code <= last for first, last in ALPHABETIC):
        return "K"
    names = {"Pc": "J", "Nd": "V", "Nl": "V", "No": "N"}
    return names.get(category, category[0] if category[0] in "LMPS" else "")


def count(items):
    return f"+{items - 1:x}" if items > 1 else ""


def runs(items, follows):
    """Groups of neighbours, each of which follows the one before it."""
    groups = []
    for item in items:
        if groups and follows(groups[-1][-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def table(entries):
    """entries: (mark, first code, number of codes, rest)."""
    text, end = "", 0
    for mark, first, length, rest in entries:
        text += mark + (f"{first - end:x}" if first > end else "") + count(length) + rest
        end = first + length
    return text


def classes():
    items = [(code, name) for code in CODES if (name := class_of(code))]
    groups = runs(items, lambda a, b: b == (a[0] + 1, a[1]))
    return table((group[0][1], group[0][0], len(group), "") for group in groups)


def lower_case():
    items = [(code, ord(lower)) for code in CODES
             if len(lower := chr(code).lower()) == 1 and ord(lower) != code]
    groups = runs(items, lambda a, b: b == (a[0] + 1, a[1] + 1))
    return table(("=", group[0][0], len(group), f":{group[0][1]:x}") for group in groups)


def decompositions():
    items = []
    for code in CODES:
        parts = unicodedata.decomposition(chr(code)).split()
        if not parts:
            continue
        mark = "~" if parts[0].startswith("<") else "="
        target = [int(part, 16) for part in parts[mark == "~":]]
        if mark == "=" and unicodedata.normalize("NFC", chr(code)) != chr(code):
            mark = "!"
        items.append((code, mark, target))

    def follows(a, b):
        return b == (a[0] + 1, a[1], [a[2][0] + 1, *a[2][1:]])

    return table((group[0][1], group[0][0], len(group),
                  ":" + ",".join(f"{code:x}" for code in group[0][2]))
                 for group in runs(items, follows))


def combining_classes():
    items = [(code, unicodedata.combining(chr(code))) for code in CODES
             if unicodedata.combining(chr(code))]
    groups = runs(items, lambda a, b: b == (a[0] + 1, a[1]))
    return table(("=", group[0][0], len(group), f":{group[0][1]:x}") for group in groups)


def write(name, tables):
    with open(f"t5/text/unicode/{name}.cpp", "w", encoding="utf-8") as file:
        file.write(f"// Written by tests/parity/make_unicode_data.py from Unicode "
                   f"{unicodedata.unidata_version}; see unicode_data.h.\n"
                   '#include "t5/text/unicode/unicode_data.h"\n\n'
                   "// clang-format off\nnamespace t5 {\n")
        for variable, text in tables.items():
            lines = "\n".join(f'"{line}"' for line in textwrap.wrap(text, 98))
            file.write(f"\nconst std::string_view {variable} =\n{lines};\n")
        file.write("\n}  // namespace t5\n")


write("unicode_data", {"kCharacterClasses": classes(), "kLowerCase": lower_case(),
                       "kCombiningClasses": combining_classes()})
write("unicode_forms_data", {"kDecompositions": decompositions()})
