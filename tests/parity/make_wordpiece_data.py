"""Writes t5/text/wordpiece_data.cpp: which characters BERT's normaliser removes, drops as accents, or
splits off as punctuation, asked of the tokenizers library one by one.

    build/oracle/bin/python tests/parity/make_wordpiece_data.py

The library's classes are those of Unicode 8, whatever else in it is newer.
"""

import textwrap

import tokenizers
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

OFF = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False,
       "lowercase": False}
CLEAN = BertNormalizer(**{**OFF, "clean_text": True})
STRIP = BertNormalizer(**{**OFF, "strip_accents": True})
CHINESE = BertNormalizer(**{**OFF, "handle_chinese_chars": True})


def mark_of(character):
    text = f"a{character}b"
    if CLEAN.normalize_str(text) == "ab":
        return "X"
    if STRIP.normalize_str(text) == "ab":
        return "M"
    if len(CHINESE.normalize_str(text)) == 5:
        return "W"
    words = [word for word, _ in BertPreTokenizer().pre_tokenize_str(text)]
    return "P" if words == ["a", character, "b"] else ""


def main():
    runs = []  # mark, first, last
    for code in range(0x110000):
        mark = mark_of(chr(code)) if not 0xD800 <= code < 0xE000 else ""
        if not mark:
            continue
        if runs and runs[-1][0] == mark and runs[-1][2] == code - 1:
            runs[-1][2] = code
        else:
            runs.append([mark, code, code])
    table, end = "", 0
    for mark, first, last in runs:
        table += mark + (f"{first - end:x}" if first > end else "")
        table += f"+{last - first:x}" if last > first else ""
        end = last + 1
    with open("t5/text/wordpiece_data.cpp", "w", encoding="utf-8") as file:
        lines = "\n".join(f'"{line}"' for line in textwrap.wrap(table, 98))
        file.write(f"// Written by tests/parity/make_wordpiece_data.py from tokenizers "
                   f"{tokenizers.__version__}; see wordpiece.h.\n"
                   '#include "t5/text/wordpiece.h"\n\n'
                   "// clang-format off\nnamespace t5 {\n\n"
                   f"const std::string_view kBertCharacters =\n{lines};\n\n}}  // namespace t5\n")


if __name__ == "__main__":
    main()
