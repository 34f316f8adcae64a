"""Compares where the options of a generation come from: files of a model directory, read both ways.

    build/oracle/bin/python tests/parity/compare_options.py build/t5 DIR

Copies of DIR with other generation_config.json and config.json: several ends, another start, no
generation_config.json but options in config.json, ids that are lists, negative or absent, no
length at all. Each copy is opened by
transformers' from_pretrained and by our program, neither is told anything else. And config.json
without most of its keys: the class' defaults. Exit status: 0 if all outputs and defaults agree.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import MT5Config, T5Config, UMT5Config

import oracle
from compare_generation import prompts_for
from compare_live import checked, run, text

IDS = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
# generation_config.json (None: there is none), and what is added to config.json.
FILES = [
    ({**IDS}, {}),
    ({"bos_token_id": 9, "eos_token_id": 1, "pad_token_id": 0}, {}),
    ({"bos_token_id": 9, "eos_token_id": 1, "pad_token_id": 0}, {"decoder_start_token_id": 3}),
    ({**IDS, "bos_token_id": 9, "decoder_start_token_id": [3]}, {"bos_token_id": 4}),
    (None, {"decoder_start_token_id": None, "bos_token_id": 9}),
    ({**IDS, "eos_token_id": -1, "max_length": 9}, {}),
    ({**IDS, "eos_token_id": [1, -1]}, {}),
    (None, {"eos_token_id": -1, "max_length": 7, "num_beams": 2}),
    ({**IDS, "forced_bos_token_id": [10, 9], "num_beams": 2}, {}),
    ({**IDS, "forced_bos_token_id": [9, 10], "forced_eos_token_id": [12, 11], "max_length": 8}, {}),
    ({**IDS, "pad_token_id": None}, {"pad_token_id": -1}),
    ({**IDS, "pad_token_id": 2}, {"pad_token_id": None}),
    ({**IDS, "eos_token_id": [1, 5, 9]}, {}),
    ({**IDS, "eos_token_id": [9]}, {}),
    ({**IDS, "eos_token_id": [1, 5, 9], "num_beams": 4}, {}),
    ({**IDS, "eos_token_id": [7, 1], "num_beams": 3, "min_length": 4, "early_stopping": True}, {}),
    ({**IDS, "eos_token_id": 6}, {"eos_token_id": 1}),
    ({**IDS, "eos_token_id": 1}, {"eos_token_id": [5, 1]}),
    ({**IDS, "decoder_start_token_id": 3}, {}),
    ({**IDS, "decoder_start_token_id": 3, "num_beams": 2, "forced_bos_token_id": 4}, {}),
    ({**IDS, "decoder_start_token_id": 2}, {"decoder_start_token_id": 5}),
    ({**IDS, "num_beams": 4, "length_penalty": 2.0, "max_length": 9}, {"num_beams": 1}),
    ({**IDS, "max_new_tokens": 3, "max_length": 50}, {}),
    ({**IDS, "max_length": 15}, {"num_beams": 4, "max_length": 5}),
    ({**IDS, "temperature": 0.0, "top_p": 0.5, "typical_p": 0.4, "epsilon_cutoff": 0.1}, {}),
    ({**IDS, "penalty_alpha": None, "num_beam_groups": 1, "diversity_penalty": 0.0,
      "guidance_scale": 1.0, "remove_invalid_values": True, "num_assistant_tokens": 5}, {}),
    (None, {}),
    (None, {"num_beams": 4, "max_length": 12, "early_stopping": True, "length_penalty": 0.5}),
    (None, {"eos_token_id": [1, 5, 9], "no_repeat_ngram_size": 2}),
    (None, {"max_length": 20, "min_length": 6, "repetition_penalty": 1.5}),
    (None, {"decoder_start_token_id": 4, "bad_words_ids": [[5], [6, 7]]}),
]
PROMPTS = 20
DEFAULTS = {"t5": T5Config, "mt5": MT5Config, "umt5": UMT5Config}


def copy(directory, target, generation, changes):
    shutil.copytree(directory, target)
    path = os.path.join(target, "config.json")
    with open(path) as file:
        config = json.load(file)
    with open(path, "w") as file:
        json.dump({**config, **changes}, file)
    path = os.path.join(target, "generation_config.json")
    os.remove(path)
    if generation is not None:
        with open(path, "w") as file:
            json.dump(generation, file)


@torch.no_grad()
def theirs_of(model, prompt):
    """All ids after the start token, without the padding after the end."""
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    ids = model.generate(torch.tensor([prompt]), use_cache=False)[0, 1:].tolist()
    last = next((i for i, token in enumerate(ids) if token in ends), len(ids) - 1)
    return ids[:last + 1]


def compare(binary, directory, generation, changes):
    """The number of prompts whose outputs differ."""
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "model")
        copy(directory, target, generation, changes)
        model = oracle.load_model(target)
        prompts = prompts_for(directory, model, PROMPTS, seed=3)
        length = [] if {"max_length", "max_new_tokens"} & {**(generation or {}), **changes}.keys() \
            else ["--max-new-tokens", "20"]  # transformers' default; ours is 128
        lines = checked(run([binary, "generate", "--model", target, "--ids", *length],
                            "".join(text(p) + "\n" for p in prompts)), PROMPTS, "generate")
        theirs = [text(theirs_of(model, prompt)) for prompt in prompts]
    wrong = [row for row in zip(prompts, lines, theirs) if row[1] != row[2]]
    for prompt, ours, expected in wrong[:3]:
        print(f"DIFFERENT {generation} {changes}\n  input        {text(prompt)}\n"
              f"  ours         {ours}\n  transformers {expected}")
    return len(wrong)


def compare_defaults(binary):
    """The number of keys of a bare config.json that `t5 new` understands in another way."""
    wrong = 0
    for name, config_class in DEFAULTS.items():
        given = {"model_type": name, "vocab_size": 300, "d_model": 16}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "config.json")
            with open(path, "w") as file:
                json.dump(given, file)
            output = os.path.join(folder, "model")
            subprocess.run([binary, "new", "--config", path, "--output", output, "--quiet"],
                           check=True)
            with open(os.path.join(output, "config.json")) as file:
                ours = json.load(file)
            theirs = config_class(**given)
            again = config_class.from_pretrained(output)
        for key, value in ours.items():
            if key in ("architectures", "dtype", "scale_decoder_outputs"):
                continue
            expected = getattr(theirs, key, None)
            if key == "decoder_start_token_id" and expected is None:
                expected = theirs.pad_token_id  # T5Config has none; generation then starts at pad
            if value != expected or getattr(again, key) != value:
                print(f"DIFFERENT {name}: {key}: ours {value}, transformers {expected}")
                wrong += 1
    return wrong


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    binary, directory = sys.argv[1:]
    wrong = sum(compare(binary, directory, *files) for files in FILES)
    defaults = compare_defaults(binary)
    print(f"{len(FILES)} pairs of config files, {len(FILES) * PROMPTS} outputs, {wrong} different; "
          f"defaults of {len(DEFAULTS)} classes, {defaults} different")
    sys.exit(1 if wrong or defaults else 0)


if __name__ == "__main__":
    main()
