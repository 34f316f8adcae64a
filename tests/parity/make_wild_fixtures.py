"""Freezes some of the directories of wild_directories.py, with what transformers makes of 20 texts
each, in tests/fixtures/tokenizers/.

    build/oracle/bin/python tests/parity/make_wild_fixtures.py

The vocabularies have a character map of ten entries, so that the files stay small. expected.json is
a list of text, ids, text of the ids without and with special tokens. Left out are texts that end in
the eos token (see compare_wild_tokenizers.py), and white space that this map does not know: of a
file of 2023 transformers 5 splits at that, whatever the file says.
"""

import json
import os
import re
import shutil
import warnings

import transformers
from transformers import AutoTokenizer

import wild_directories
import wild_texts

ROOT = "tests/fixtures/tokenizers"
NAMES = ["spiece of transformers 3", "spiece of transformers 4.40, added all",
         "spiece, files disagree", "spiece of mT5, sentinels among the pieces",
         "tokenizer.json of 2020, untyped", "tokenizer.json of 2023, beside another spiece.model",
         "tokenizer.json, added tokens of added_tokens.json", "normalizer of Flax examples",
         "pre_tokenizer of Flax examples", "vocabulary of MADLAD, pad is <s>", "byte fallback",
         "ByT5, added lstrip"]


def rows_of(tokenizer, texts):
    eos, rows = tokenizer.eos_token_id, []
    for text in texts:
        ids = tokenizer(text).input_ids
        known = all(c in " \t\u00a0\u3000" for c in text if c.isspace())
        if ids.count(eos) == 1 and known:
            rows.append([text, ids, tokenizer.decode(ids, skip_special_tokens=True),
                         tokenizer.decode(ids)])
    return rows[:20]


def main():
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    wild_directories.RULE = "few"
    shutil.rmtree(ROOT, ignore_errors=True)
    made = dict(wild_directories.directories())
    for seed, name in enumerate(NAMES):
        path = f"{ROOT}/{re.sub('[^a-z0-9]+', '-', name.lower())}"
        os.makedirs(path)
        wild_directories.write(path, made[name])
        rows = rows_of(AutoTokenizer.from_pretrained(path), wild_texts.texts(seed))
        with open(f"{path}/expected.json", "w", encoding="utf-8") as file:
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            file.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
