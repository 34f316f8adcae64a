"""Compares ids and texts with transformers' tokenizers, loaded from directories that t5 writes.

    build/oracle/bin/python tests/parity/compare_tokenizers.py build/t5

ByT5: every Unicode character but the line feed and the zero byte, 64 at a time, special tokens in every neighbourhood,
and texts of random bytes to decode. SentencePiece: a vocabulary that `t5 tokenizer train` makes, on
texts with and without sentinels (`--legacy`: transformers' form), and ids to texts. The published
vocabulary and its 1,995 texts, when they are in $T5_VOCABULARY or in ../shared/data/t5-vocabulary.

Three things are left out, in which transformers 5 differs from what T5 was trained with, or from its
own versions before: it adds a second </s> to a text that ends in one; it drops white space beside
<pad>, </s> and <unk> in ByT5's texts; and of several spaces that a text of pieces begins with it
drops one, SentencePiece all. Exit status: 0 if everything else agrees.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

import transformers
from transformers import AutoTokenizer

SPECIALS = ["<pad>", "</s>", "<unk>", "<extra_id_0>", "<extra_id_1>", "<extra_id_99>",
            "<extra_id_124>", "<extra_id_125>", "<extra_id_01>", "<extra_id_>", "<pad", "<s>"]
CORPUS = ["The cat sat on the mat.", "Le chat s'est assis sur le tapis.", "An old house, isn't it?",
          "12 birds and 7 dogs; the third was grey.", "Das Haus ist alt und schön."]


def run(command, lines):
    result = subprocess.run(command, input="".join(line + "\n" for line in lines),
                            stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == len(lines), (len(found), len(lines))
    return found


def blocks():
    """All characters that a line may have. The last of a line is a letter, so that no carriage return ends it."""
    characters = [chr(code) for code in range(0x110000)
                  if not 0xD800 <= code < 0xE000 and chr(code) not in "\0\n"]
    return ["a" + "".join(characters[i:i + 64]) + "b" for i in range(0, len(characters), 64)]


def strange_texts(rng, words, spaces, count=2000):
    parts = SPECIALS + words + spaces + ["x", "é", "😊", ".", ""]
    texts = ["".join(rng.choices(parts, k=rng.randint(1, 7))) for _ in range(count)]
    return [text for text in texts if not text.rstrip().endswith("</s>")]


def compare_ids(name, binary, directory, texts, *options):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    ours = run([binary, "tokenizer", "encode", "--model", directory, "--json", *options], texts)
    wrong = [(text, found["ids"], expected) for text, found in zip(texts, ours)
             if found["ids"] != (expected := tokenizer(text).input_ids)]
    for text, found, expected in wrong[:5]:
        print(f"DIFFERENT {name}: {text!r}\n  ours         {found}\n  transformers {expected}")
    print(f"{name}: {len(texts)} texts, {len(wrong)} different", flush=True)
    return len(wrong)


def compare_texts(name, binary, directory, rows):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    ours = run([binary, "tokenizer", "decode", "--model", directory, "--json"],
               [" ".join(map(str, ids)) for ids in rows])
    wrong = [(ids, found["text"], expected) for ids, found in zip(rows, ours)
             if found["text"] != (expected := tokenizer.decode(ids, skip_special_tokens=True))
             and found["text"] != expected.lstrip(" ")]
    for ids, found, expected in wrong[:5]:
        print(f"DIFFERENT {name}: {ids}\n  ours         {found!r}\n  transformers {expected!r}")
    print(f"{name}: {len(rows)} rows of ids, {len(wrong)} different", flush=True)
    return len(wrong)


def compare_bytes(binary, folder, rng):
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "ByT5Tokenizer", "extra_ids": 125}, file)
    rows = [[rng.randrange(3, 259) for _ in range(rng.randint(1, 12))] for _ in range(5000)]
    return (compare_ids("ByT5, all characters", binary, folder, blocks())
            + compare_ids("ByT5, special tokens", binary, folder,
                          strange_texts(rng, ["house"], []))
            + compare_texts("ByT5, bytes to text", binary, folder, rows))


def compare_pieces(binary, folder, rng):
    corpus, directory = os.path.join(folder, "corpus.txt"), os.path.join(folder, "pieces")
    with open(corpus, "w") as file:
        file.writelines(line + "\n" for line in CORPUS)
    subprocess.run([binary, "tokenizer", "train", "--train", corpus, "--vocab-size", "50",
                    "--output", directory, "--quiet"], check=True)
    plain = [" ".join(rng.choices(" ".join(CORPUS).split() + ["ﬁne", "½", "Ａ", "①", "\u3000"], k=6))
             for _ in range(1000)]
    rows = [[rng.randrange(3, 150) for _ in range(8)] for _ in range(1000)]
    return (compare_ids("SentencePiece, plain text", binary, directory, plain)
            + compare_ids("SentencePiece, sentinels", binary, directory,
                          strange_texts(rng, ["house", "the cat"],
                                        [" ", "  ", "\t", "\u3000", "\u00a0"]), "--legacy")
            + compare_texts("SentencePiece, ids to text", binary, directory, rows))


def compare_published(binary, folder):
    source = os.environ.get("T5_VOCABULARY", "../shared/data/t5-vocabulary")
    if not os.path.exists(os.path.join(source, "cases.json")):
        print(f"NOT COMPARED: {source}/cases.json is missing; set T5_VOCABULARY", flush=True)
        return 0
    directory = os.path.join(folder, "published")
    os.mkdir(directory)
    shutil.copy(os.path.join(source, "spiece.model"), directory)
    with open(os.path.join(directory, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "T5Tokenizer", "extra_ids": 100}, file)
    with open(os.path.join(source, "cases.json"), encoding="utf-8") as file:
        texts = [text for text, _, _ in json.load(file)]
    texts = [text for text in texts if not set("\r\n") & set(text)
             and not text.rstrip().endswith("</s>")]
    return (compare_ids("published vocabulary, its texts", binary, directory, texts, "--legacy")
            + compare_ids("published vocabulary, sentinels between", binary, directory,
                          [text.replace(" ", "<extra_id_7>", 1) for text in texts], "--legacy"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        wrong = compare_bytes(sys.argv[1], folder, rng)
        wrong += compare_pieces(sys.argv[1], folder, rng)
        wrong += compare_published(sys.argv[1], folder)
    print(f"tokenizers: {wrong} different")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
