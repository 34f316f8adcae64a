"""Compares ids and texts with transformers over the directories of wild_directories.py.

    build/oracle/bin/python tests/parity/compare_wild_tokenizers.py build/t5 [WORD]

For each: the ids of 500 texts (wild_texts.py); the texts of these ids and of random ones, with and
without special tokens. With WORD, only directories with it in their names. A directory that the program
refuses is listed with the refusal. Exit status: 0 if nothing differs.

Left out are texts that end in the eos token, to which transformers 5 adds a second one, and what
stands after the first eos, where our texts end. Directories with spiece.model say "legacy": true:
without it we give SentencePiece's ids (see compare_tokenizers.py). A tokenizer.json of 2023 does
not split a text at U+0085; transformers 5 does so whatever the file says.
"""

import json
import random
import subprocess
import sys
import tempfile
import warnings

import transformers
from transformers import AutoTokenizer

import wild_directories
import wild_texts


def run(command, lines):
    result = subprocess.run(command, input="".join(line + "\n" for line in lines),
                            capture_output=True, text=True, encoding="utf-8")
    if result.returncode != 0:
        return None, result.stderr.strip()
    return [json.loads(line) for line in result.stdout.split("\n")[:-1]], ""


def is_line(text):
    return not set("\n\r") & set(text) and not text.startswith("\ufeff")


def until_eos(ids, eos):
    return ids[:ids.index(eos) + 1] if eos in ids else ids


class Directory:
    def __init__(self, binary, path, name, seed):
        self.binary, self.path, self.name, self.seed = binary, path, name, seed
        self.tokenizer = AutoTokenizer.from_pretrained(path)
        self.eos = self.tokenizer.eos_token_id
        self.wrong = self.compared = 0

    def report(self, what, given, ours, theirs):
        self.wrong += 1
        if self.wrong <= 3:
            print(f"DIFFERENT {self.name}, {what}: {given!r}\n  ours         {ours!r}\n"
                  f"  transformers {theirs!r}")

    def encode(self):
        texts = [text for text in wild_texts.texts(self.seed)
                 if is_line(text) and not ("2023" in self.name and "\x85" in text)]
        texts = [(text, ids) for text in texts if (ids := self.tokenizer(text).input_ids)
                 and ids[-2:] != [self.eos, self.eos]]
        ours, error = run([self.binary, "tokenizer", "encode", "--model", self.path, "--json"],
                          [text for text, _ in texts])
        if ours is None:
            return None, error
        for (text, theirs), line in zip(texts, ours, strict=True):
            self.compared += 1
            if line["ids"] != theirs:
                self.report("ids", text, line["ids"], theirs)
        return [until_eos(ids, self.eos) for _, ids in texts], ""

    def decode(self, rows):
        rng = random.Random(self.seed)
        size = len(self.tokenizer)
        rows = rows + [until_eos([rng.randrange(size) for _ in range(rng.randint(1, 8))], self.eos)
                       for _ in range(300)]
        for skip in (True, False):
            command = [self.binary, "tokenizer", "decode", "--model", self.path, "--json"]
            ours, error = run(command + [] if skip else command + ["--keep-special"],
                              [" ".join(map(str, ids)) for ids in rows])
            assert ours is not None, error
            for ids, line in zip(rows, ours, strict=True):
                theirs = self.tokenizer.decode(ids, skip_special_tokens=skip)
                self.compared += 1
                if line["text"] != theirs:
                    self.report("text" if skip else "text with special tokens", ids, line["text"],
                                theirs)


def compare(binary, path, name, seed):
    directory = Directory(binary, path, name, seed)
    rows, refusal = directory.encode()
    if rows is None:
        print(f"REFUSED {name}: {refusal}", flush=True)
        return None
    directory.decode(rows)
    print(f"{name}: {directory.compared} compared, {directory.wrong} different", flush=True)
    return directory.wrong


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    word = sys.argv[2] if len(sys.argv) == 3 else ""
    results = []
    for seed, (name, files) in enumerate(wild_directories.directories()):
        if word not in name:
            continue
        with tempfile.TemporaryDirectory() as path:
            wild_directories.write(path, files)
            results.append(compare(sys.argv[1], path, name, seed))
    different, refused = sum(filter(None, results)), results.count(None)
    print(f"wild tokenizers: {len(results)} directories, {different} different, {refused} refused")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
