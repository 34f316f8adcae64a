"""Loads with transformers what t5 new, train and convert write: every head, family, precision.

    build/oracle/bin/python tests/parity/check_loading.py build/t5

A directory is right if from_pretrained misses no weight, finds none that it does not know and says
nothing at level warning, but for one sentence: transformers 5 takes every T5 for tied, and says so
of each that is not, its own included. Its tokenizer must load without a word and give the ids that
`t5 tokenizer encode` gives. Of language models, `t5 diff --script` dumps the states and `t5 diff`
must find no difference. UMT5's tokenizer is not tried, for which transformers 5 needs tokenizer.json
or the package sentencepiece. Exit status: 0 if all are right.
"""

import json
import os
import subprocess
import sys
import tempfile

import transformers
from transformers import (
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    MT5EncoderModel,
    T5EncoderModel,
    UMT5EncoderModel,
)

from listening import said_by

UNTIED = "The tied weights mapping and config for this model specifies to tie shared.weight"
ENCODERS = {"t5": T5EncoderModel, "mt5": MT5EncoderModel, "umt5": UMT5EncoderModel}
HEADS = {"language-model": AutoModelForSeq2SeqLM, "none": None,
         "sequence-classification": AutoModelForSequenceClassification,
         "token-classification": AutoModelForTokenClassification,
         "question-answering": AutoModelForQuestionAnswering}
SHAPE = dict(d_model=16, d_kv=4, d_ff=24, num_layers=2, num_heads=3)
FAMILIES = {
    "t5": dict(model_type="t5"),
    "t5-v1_1": dict(model_type="t5", feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    "mt5": dict(model_type="mt5", tie_word_embeddings=False),
    "umt5": dict(model_type="umt5", tie_word_embeddings=False),
}
PAIRS = {"language-model": ["the cat sat\tle chat", "the old house\tla vieille maison"],
         "sequence-classification": ["the cat sat\tgood", "the old house\tbad"],
         "token-classification": ["the cat sat\tgood bad bad", "old house\tbad good"],
         "question-answering": ["question: who? context: the cat sat\tcat",
                                "question: what? context: the old house\thouse"]}
TEXTS = ["the cat sat", "La vieille maison, le chat.", "house  cat", "", "½ ﬁ"]


def check_model(directory, model_class):
    said, (_, info) = said_by(
        lambda: model_class.from_pretrained(directory, output_loading_info=True))
    return ([f"says: {message}" for message in said if not message.startswith(UNTIED)]
            + [f"{key}: {value}" for key, value in info.items() if value])


def check_tokenizer(binary, directory):
    said, tokenizer = said_by(lambda: AutoTokenizer.from_pretrained(directory))
    answer = subprocess.run([binary, "tokenizer", "encode", "--model", directory, "--json"],
                            input="".join(text + "\n" for text in TEXTS), text=True, check=True,
                            stdout=subprocess.PIPE)
    ours = [json.loads(line)["ids"] for line in answer.stdout.splitlines()]
    return ([f"tokenizer says: {message}" for message in said]
            + [f"tokenizer: {text!r}: ours {found}, transformers {tokenizer(text).input_ids}"
               for text, found in zip(TEXTS, ours) if found != tokenizer(text).input_ids])


class Checker:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.count = self.wrong = 0

    def t5(self, *words):
        subprocess.run([self.binary, *words, "--quiet"], check=True)

    def path(self, *parts):
        return os.path.join(self.folder, "-".join(parts))

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def check(self, directory, model_class):
        problems = check_model(directory, model_class)
        if "umt5" not in os.path.basename(directory):
            problems += check_tokenizer(self.binary, directory)
        self.count += 1
        self.wrong += bool(problems)
        for problem in problems:
            print(f"{os.path.basename(directory)}: {problem}", flush=True)

    def dump(self, directory):
        """Whether t5 diff finds no difference to the states that its own script dumps."""
        script = subprocess.run([self.binary, "diff", "--script"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        script, states = self.write("dump.py", script), self.path("states.safetensors")
        quiet = {**os.environ, "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        subprocess.run([sys.executable, "-W", "ignore", script, directory, states], check=True,
                       env=quiet, stderr=subprocess.DEVNULL)
        answer = subprocess.run([self.binary, "diff", "--model", directory, "--states", states,
                                 "--tolerance", "2e-5"], text=True, stdout=subprocess.PIPE)
        self.wrong += answer.returncode != 0
        print(f"t5 diff of {os.path.basename(directory)}: {answer.stdout.splitlines()[-1]}")

    def family(self, family, tokenizer, head):
        config = FAMILIES[family]
        model_class = HEADS[head] or ENCODERS[config["model_type"]]
        file = self.write(f"{family}.json", json.dumps({**SHAPE, "vocab_size": 400, **config}))
        labels = ["--labels", "good,bad"] if "classification" in head else []
        new = self.path(family, os.path.basename(tokenizer), head)
        self.t5("new", "--config", file, "--tokenizer", tokenizer, "--head", head, "--output", new,
                *labels)
        self.check(new, model_class)
        if head == "none":
            return
        pairs = self.write("pairs.tsv", "".join(line + "\n" for line in PAIRS[head]))
        trained = new + "-trained"
        self.t5("train", "--model", new, "--train", pairs, "--output", trained, "--max-steps", "2")
        self.check(trained, model_class)
        if head == "language-model" and family in ("t5", "t5-v1_1", "mt5"):
            self.dump(trained)  # transformers 5 scales UMT5's outputs, which T5's authors do not
        for dtype, size in (("bfloat16", "5GB"), ("float16", "20KB"), ("float32", "20KB")):
            target = "-".join((trained, dtype, size))
            self.t5("convert", "--model", trained, "--output", target, "--dtype", dtype,
                    "--max-shard-size", size)
            self.check(target, model_class)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_default_handler()
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(sys.argv[1], folder)
        text = checker.write("text.txt", "the cat sat on the old house\nla vieille maison du chat\n")
        pieces = checker.path("pieces")
        checker.t5("tokenizer", "train", "--train", text, "--vocab-size", "20", "--output", pieces)
        letters = checker.path("bytes")
        os.mkdir(letters)
        with open(os.path.join(letters, "tokenizer_config.json"), "w") as file:
            json.dump({"tokenizer_class": "ByT5Tokenizer", "extra_ids": 125}, file)
        for family in FAMILIES:
            for head in HEADS:
                checker.family(family, pieces, head)
        checker.family("t5-v1_1", letters, "language-model")
    print(f"loading: {checker.count} directories, {checker.wrong} wrong")
    sys.exit(1 if checker.wrong else 0)


if __name__ == "__main__":
    main()
