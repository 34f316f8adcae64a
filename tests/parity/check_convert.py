"""Converts model directories with our program and loads the results with transformers.

    build/oracle/bin/python tests/parity/check_convert.py build/t5 DIR [DIR ...]

Each directory is written in three precisions, as one file and as several. A result
is right if from_pretrained misses no weight, finds none that it does not know and gives no warning
that the original does not give (transformers 5 gives one for every untied T5, since it takes all
of them for tied); if every weight is the original's, rounded once; and if generation runs.
Exit status: 0 if all are right.
"""

import itertools
import os
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import AutoModelForSeq2SeqLM

from listening import said_by

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def load(directory):
    """The model as users load it, what is wrong with it, and what was said meanwhile."""
    said, (model, info) = said_by(lambda: AutoModelForSeq2SeqLM.from_pretrained(
        directory, output_loading_info=True))
    return model, {key: value for key, value in info.items() if value}, said


def problems(source, usual, target, dtype):
    """Everything wrong with `target`, converted from the model `source`, which says `usual`."""
    model, info, said = load(target)
    found = [f"says: {message}" for message in said if message not in usual]
    found += [f"{key}: {value}" for key, value in info.items()]
    wanted, got = source.state_dict(), model.state_dict()
    if wanted.keys() != got.keys():
        found.append(f"names differ: {wanted.keys() ^ got.keys()}")
    for name, value in got.items():
        # transformers widens the feed-forward's output matrix of a float16 model.
        widened = dtype == torch.float16 and ".wo." in name and value.dtype == torch.float32
        if value.dtype != dtype and not widened:
            found.append(f"{name} is {value.dtype}")
        elif not torch.equal(value.to(dtype), wanted[name].to(dtype)):
            found.append(f"{name} differs")
    model.generate(torch.tensor([[5, 6, 1]]), max_new_tokens=3, use_cache=False)
    return found


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_default_handler()
    binary, directories = sys.argv[1], sys.argv[2:]
    wrong = count = 0
    for directory in directories:
        source, _, usual = load(directory)
        for dtype, size in itertools.product(DTYPES, ("5GB", "20KB")):
            with tempfile.TemporaryDirectory() as temporary:
                target = os.path.join(temporary, "model")
                subprocess.run([binary, "convert", "--model", directory, "--output", target,
                                "--dtype", dtype, "--max-shard-size", size, "--quiet"], check=True)
                found = problems(source, usual, target, DTYPES[dtype])
            count += 1
            wrong += bool(found)
            for problem in found:
                print(f"{directory} {dtype} {size}: {problem}")
    print(f"{count} conversions, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
