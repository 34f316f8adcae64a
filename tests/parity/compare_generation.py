"""Compares generation with transformers' over a seeded sample of option combinations.

    build/oracle/bin/python tests/parity/compare_generation.py build/t5 DIR ... \
        [--combinations N] [--prompts N] [--seed N]

Each combination of options is run by our program on all of its prompts at once, and by transformers
on one prompt after the other, in float64. Where the ids differ, transformers runs again in
float32: if float32 disagrees with float64 too, or the two answers' scores are closer than
--tolerance, rounding decided (a tie); ties are listed with the gap between the scores. Anything else
is a bug. Exit status: 0 if there are only ties, else 1.
"""

import argparse
import os
import random
import sys
import tempfile

import torch

import oracle
import toy_task
from compare_live import checked, run, text
from variants import random_ids

CHOICES = {
    "num_beams": [1, 1, 2, 3, 4, 5],
    "length_penalty": [None, None, 0.0, 0.6, 1.0, 2.0, -1.0],
    "early_stopping": [None, None, True, False, "never"],
    "max_new_tokens": [1, 2, 5, 12, 20, 20, 20],
    "max_length": [None, None, None, 2, 9],  # when chosen, instead of max_new_tokens
    "min_new_tokens": [None, None, None, 4, 8],
    "min_length": [None, None, None, 5],
    "no_repeat_ngram_size": [None, None, None, 1, 2, 3],
    "encoder_no_repeat_ngram_size": [None, None, None, None, 2, 3],
    "repetition_penalty": [None, None, None, 0.8, 1.2, 2.5],
    "bad_words_ids": [None, None, None, "one", "two"],
    "suppress_tokens": [None, None, None, None, "some"],
    "begin_suppress_tokens": [None, None, None, None, "some"],
    "forced_bos_token_id": [None, None, None, None, None, "one"],
    "forced_eos_token_id": [None, None, None, 1],
    "allowed": [None, None, None, None, None, None, "some"],
    "prefix": [None, None, None, None, None, "some"],
}


def draw_options(rng, vocabulary):
    """One combination. Ids are drawn from the vocabulary without pad, eos and unk."""
    def ids(count):
        return rng.sample(range(3, vocabulary), count)

    options = {name: rng.choice(values) for name, values in CHOICES.items()}
    if options["max_length"] is not None:
        del options["max_new_tokens"]
    if options["bad_words_ids"]:
        options["bad_words_ids"] = [ids(1), ids(2)] if options["bad_words_ids"] == "two" else [ids(1)]
    for name, count in (("suppress_tokens", 5), ("begin_suppress_tokens", 5), ("prefix", 2)):
        if options[name]:
            options[name] = ids(count)
    if options["forced_bos_token_id"]:
        options["forced_bos_token_id"] = ids(1)[0]
        for name in ("suppress_tokens", "begin_suppress_tokens"):  # transformers refuses overlaps
            options[name] = [i for i in options[name] or []
                             if i != options["forced_bos_token_id"]] or None
    if options["allowed"]:
        options["allowed"] = [ids(rng.randint(1, 5)) + [1] for _ in range(6)]
        for name in ("prefix", "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens",
                     "begin_suppress_tokens", "bad_words_ids", "no_repeat_ngram_size",
                     "encoder_no_repeat_ngram_size", "min_length", "min_new_tokens"):
            options[name] = None  # what forbids every token leaves the choice to chance
    if options["prefix"] and "max_length" in options:
        options["max_length"] = options["max_length"] and max(options["max_length"], 6)
    if options["num_beams"] > 1:
        options["num_return_sequences"] = rng.choice([1, 1, 2])
    return {name: value for name, value in options.items() if value is not None}


def arguments(options, allowed_path):
    """The same as our program's options."""
    words = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if name == "allowed":
            with open(allowed_path, "w") as file:
                file.writelines(text(ids) + "\n" for ids in value)
            words += [flag, allowed_path]
        elif name == "bad_words_ids":
            for ids in value:
                words += ["--bad-words", text(ids)]
        elif name == "prefix":
            words += [flag, text(value)]
        elif isinstance(value, list):
            words += [flag, ",".join(map(str, value))]
        else:
            words += [flag, str(value).lower()]
    return words


def allowed_tokens(outputs, eos):
    """transformers' prefix_allowed_tokens_fn for a list of outputs."""
    def function(batch, tokens):
        made = tokens.tolist()[1:]
        following = [o[len(made)] for o in outputs if o[:len(made)] == made and len(o) > len(made)]
        return following or [eos]
    return function


@torch.no_grad()
def reference(model, prompt, options):
    """[(ids, score)] of transformers; greedy scores are sums of log-probabilities."""
    options = dict(options)
    inputs = {"input_ids": torch.tensor([prompt])}
    prefix = options.pop("prefix", [])
    start = model.config.decoder_start_token_id
    if prefix:
        inputs["decoder_input_ids"] = torch.tensor([[start] + prefix])
    allowed = options.pop("allowed", None)
    eos = model.config.eos_token_id
    if allowed:
        options["prefix_allowed_tokens_fn"] = allowed_tokens(allowed, eos)
    if "min_length" not in options:
        options["min_length"] = 0
    output = model.generate(**inputs, do_sample=False, use_cache=False,
                            return_dict_in_generate=True, output_scores=True, **options)
    results = []
    for row in range(output.sequences.shape[0]):
        ids = output.sequences[row, 1 + len(prefix):].tolist()
        if eos in ids:
            ids = ids[: ids.index(eos) + 1]
        if options.get("num_beams", 1) > 1:
            score = float(output.sequences_scores[row])
        else:
            score = sum(float(torch.log_softmax(s[row].double(), -1)[i])
                        for s, i in zip(output.scores, ids))
        results.append((ids, score))
    return results


def prompts_for(directory, model, count, seed):
    generator = torch.Generator().manual_seed(seed)
    if directory.rstrip("/").endswith("/t5"):  # trained on the toy task: its own prompts
        return [list(toy_task.example(generator)[0]) for _ in range(count)]
    lengths = torch.randint(2, 15, (count,), generator=generator).tolist()
    return [random_ids(n, model.config.vocab_size, generator).tolist() for n in lengths]


def compare(args, directory, model, single, number):
    """(compared, ties, bugs) of one combination."""
    rng = random.Random(args.seed * 100003 + number)
    options = draw_options(rng, model.config.vocab_size)
    prompts = prompts_for(directory, model, args.prompts, rng.randrange(1 << 30))
    per_prompt = options.get("num_return_sequences", 1)
    with tempfile.TemporaryDirectory() as folder:
        words = arguments(options, os.path.join(folder, "allowed.txt"))
        command = [args.binary, "generate", "--model", directory, "--ids", "--scores", *words]
        lines = checked(run(command, "".join(text(p) + "\n" for p in prompts)),
                        per_prompt * len(prompts), "generate")
    ties = bugs = 0
    for i, prompt in enumerate(prompts):
        theirs = reference(model, prompt, options)
        rounded = None
        for k, (ids, score) in enumerate(theirs):
            our_score, our_text = lines[i * per_prompt + k].split("\t")
            ours = [int(word) for word in our_text.split()]
            gap = abs(float(our_score) - score)
            infinite = score in (float("inf"), float("-inf")) or score < -1e8
            if ours == ids and (gap <= args.tolerance * max(1, abs(score)) or infinite):
                continue
            rounded = rounded or reference(single, prompt, options)
            tie = ours != ids and (gap <= args.tolerance or rounded[k][0] != ids or infinite)
            ties, bugs = ties + tie, bugs + (not tie)
            print(f"{'tie' if tie else 'DIFFERENT'} (combination {number}, scores {gap:.2g} apart)"
                  f"\n  options      {options}\n  input        {text(prompt)}"
                  f"\n  ours         {our_score} {text(ours)}\n  transformers {score:.6f} {text(ids)}",
                  flush=True)
    return len(lines), ties, bugs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="our program, for example build/t5")
    parser.add_argument("models", nargs="+", help="model directories")
    parser.add_argument("--combinations", type=int, default=200)
    parser.add_argument("--prompts", type=int, default=5, help="per combination")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()
    torch.set_num_threads(1)
    bugs = 0
    for directory in args.models:
        model = oracle.load_model(directory)
        single = oracle.load_model(directory, torch.float32)
        results = [compare(args, directory, model, single, n) for n in range(args.combinations)]
        compared, ties, wrong = map(sum, zip(*results))
        print(f"{directory}: {args.combinations} combinations, {compared} outputs, {ties} ties, "
              f"{wrong} different", flush=True)
        bugs += wrong
    sys.exit(1 if bugs else 0)


if __name__ == "__main__":
    main()
