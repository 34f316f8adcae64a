"""Compares WordPiece vocabularies with transformers' BertTokenizer: ids of odd texts, text of ids.

    build/oracle/bin/python tests/parity/compare_wordpiece.py build/t5 [--freeze]

Vocabularies made here, in the forms that transformers has written, times the options of
tokenizer_config.json; 600 texts and 200 rows of ids each, and once every character that a line may
have. `--freeze` writes a few of each to tests/fixtures/wordpiece instead. Decoding ends at the first
[SEP], as generation does: rows are cut there before they are compared.

Left out: characters whose small form is newer than Unicode 14, our table's.
"""

import itertools
import json
import os
import random
import shutil
import sys
import tempfile

import transformers
from tokenizers.normalizers import BertNormalizer
from transformers import BertTokenizer

from compare_tokenizers import run

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHINESE = list("今天气真好中国的首都是北京我们去公园吧㐀豈")
WORDS = ["the", "cat", "un", "##aff", "##able", "don", "t", "s", "m", "##s", "##ing", "sing", "a", "b",
         "##b", "ab", "e", "##e", "é", "##é", "É", "İ", "i", "##i", "ß", "ς", "σ", "##天", "x" * 40,
         "##" + "x" * 40, "extra", "##0", "new", "id", "0", "##1", "12", "ｆ", "ﬁ", "½", "가",
         "각", "ᄀ", "##ᅡ", "😊", "nope"]
MARKS = list(".,!?'\"-_#$%&()*+/:;<=>@[]^`{|}~。，！？「」—…·") + ["##", "'s", "n't", "do not", "'re"]
EXTRA = [f"extra{k}" for k in range(12)]
SENTINELS = [f"<extra_id_{k}>" for k in range(12)]
PARTS = SPECIALS + EXTRA + SENTINELS + CHINESE + MARKS + [
    "don't", "unaffable", "Sing", "sings", "the cat", "<new>", "<newer>", "ÉÉ", "e\u0301", "Ω\u0308",
    "İİ", "ＡＢ", "x" * 100, "x" * 101, "\u200b", "\ufeff", "\u00ad", "\ufffd", "\u3000", "\u00a0", "\t",
    "\x01", "\x85", "\u2028", "\ue000", "각", "か\u3099", "\U0001f468\u200d\U0001f469", "\U00020000",
    "\U0002b820", "Å", "ﬁ", "½", "ΑΣ", " ", " ", " ", "  ", ""]
LOWER = BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False,
                       lowercase=True)


def vocabularies():
    plain = SPECIALS + EXTRA + CHINESE + WORDS + MARKS
    odd = SPECIALS + ["ab", "", "the  "] + WORDS + MARKS + CHINESE + [" x", "#"]
    yield "extra", plain, "\n"
    yield "extra_id", ["[PAD]"] + SENTINELS + SPECIALS[1:] + CHINESE + MARKS + WORDS, "\n"
    yield "crlf", plain, "\r\n"
    yield "odd-lines", odd, "\n"
    yield "no-mask", [piece for piece in plain if piece != "[MASK]"], "\n"


def configs():
    for lower in (True, False):
        for strip, chinese in itertools.product((None, True, False), (True, False)):
            yield {"do_lower_case": lower, "strip_accents": strip, "tokenize_chinese_chars": chinese}
    flags = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    yield {}
    yield {"never_split": ["don't"], "do_basic_tokenize": False, "model_max_length": 512}
    yield {"do_lower_case": False, "clean_up_tokenization_spaces": True}
    yield {"do_lower_case": False, "additional_special_tokens": SENTINELS}
    yield {"extra_special_tokens": [*SENTINELS, "<new>"]}
    yield {"additional_special_tokens": ["<new>", "<newer>", "the cat"]}
    yield {"unk_token": "nope", "cls_token": "a", "sep_token": "b", "pad_token": "t"}
    yield {"mask_token": {"__type": "AddedToken", "content": "[MASK]", **flags, "lstrip": True}}
    for flag in flags:  # 0: the next free id
        token = {**flags, flag: True, "content": "Sing", "special": False}
        yield {"added_tokens_decoder": {"0": token}}


def write(folder, name, pieces, end, config):
    directory = os.path.join(folder, name)
    os.mkdir(directory)
    with open(os.path.join(directory, "vocab.txt"), "w", encoding="utf-8", newline="") as file:
        file.writelines(piece + end for piece in pieces)
    config = {"tokenizer_class": "BertTokenizer", **config}
    if "added_tokens_decoder" in config:  # the next free id
        token = config["added_tokens_decoder"]["0"]
        config["added_tokens_decoder"] = {str(len(pieces)): token}
    with open(os.path.join(directory, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    return directory


def strange_texts(rng, count):
    return ["".join(rng.choices(PARTS, k=rng.randint(1, 9))) for _ in range(count)] + ["", " "]


def blocks():
    codes = [code for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000 and code != 10
             and chr(code).lower() == LOWER.normalize_str(chr(code))]
    return ["a" + "".join(map(chr, codes[i:i + 32])) + "b" for i in range(0, len(codes), 32)]


def differences(name, binary, directory, texts, rows):
    theirs = BertTokenizer.from_pretrained(directory)
    end = theirs.sep_token_id
    rows = [row[:row.index(end)] if end in row else row for row in rows]
    lines = [" ".join(map(str, row)) for row in rows]
    encode, decode = [[binary, "tokenizer", command, "--model", directory, "--json"]
                      for command in ("encode", "decode")]
    wrong = [(text, found["ids"], expected) for text, found in zip(texts, run(encode, texts))
             if found["ids"] != (expected := theirs(text).input_ids)]
    for skip in (True, False):
        ours = run(decode if skip else [*decode, "--keep-special"], lines)
        wrong += [(row, found["text"], expected) for row, found in zip(rows, ours)
                  if found["text"] != (expected := theirs.decode(row, skip_special_tokens=skip))]
    for given, found, expected in wrong[:3]:
        print(f"DIFFERENT {name}: {given!r}\n  ours         {found!r}\n  transformers {expected!r}")
    return len(wrong)


def freeze(name, directory, texts, rows):
    target = os.path.join("tests/fixtures/wordpiece", name)
    shutil.copytree(directory, target, dirs_exist_ok=True)
    theirs = BertTokenizer.from_pretrained(directory)
    end = theirs.sep_token_id
    rows = [row[:row.index(end)] if end in row else row for row in rows]
    cases = {"ids": [[text, theirs(text).input_ids] for text in texts],
             "texts": [[row, theirs.decode(row, skip_special_tokens=True), theirs.decode(row)]
                       for row in rows]}
    with open(os.path.join(target, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=False, indent=0)


def directories(folder):
    made = 0
    for name, pieces, end in vocabularies():
        for config in configs():
            # Where lines are equal, transformers gives a new token an id that another piece has.
            if name == "odd-lines" and "tokens" in json.dumps(config):
                continue
            made += 1
            directory = write(folder, f"{made:02}", pieces, end, config)
            yield f"{made:02}-{name}", config, pieces, directory
    # What transformers 5 writes: tokenizer.json alone.
    for config in ({}, {"do_lower_case": False, "additional_special_tokens": SENTINELS}):
        made += 1
        pieces = next(iter(vocabularies()))[1]
        source = write(folder, f"{made:02}-source", pieces, "\n", config)
        directory = os.path.join(folder, f"{made:02}")
        BertTokenizer.from_pretrained(source).save_pretrained(directory)
        yield f"{made:02}-saved", config, pieces, directory


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--freeze"]):
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    rng, wrong, count = random.Random(0), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, config, pieces, directory in directories(folder):
            count += 1
            rows = [rng.choices(range(len(pieces)), k=rng.randint(1, 9)) for _ in range(200)]
            texts = strange_texts(rng, 600)
            if sys.argv[2:]:
                if count % 20 == 1:
                    freeze(name, directory, texts[:30], rows[:15])
                continue
            found = differences(name, sys.argv[1], directory, texts, rows)
            if count == 1:
                found += differences("every character", sys.argv[1], directory, blocks(), [])
            print(f"{name} {json.dumps(config)[:80]}: {found} different", flush=True)
            wrong += found
    print(f"WordPiece: {count} directories, {wrong} different")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
