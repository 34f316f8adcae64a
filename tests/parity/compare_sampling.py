"""Compares the distribution of draws with the exact one, which transformers' own filters give.

    build/oracle/bin/python tests/parity/compare_sampling.py build/t5 DIR [--draws N]

The program draws N outputs of two tokens for one input. transformers gives the probability of every
pair of tokens: logits, its filters, softmax, for each first token again. Pearson's statistic over
all outcomes that are expected at least five times (the others are one outcome) must not exceed
what chance exceeds once in 100,000 runs, and nothing impossible may be drawn. Exit status: 0 or 1.
"""

import argparse
import collections
import math
import subprocess
import sys

import torch
from transformers.generation import logits_process as filters

import oracle

SETTINGS = [
    {"top_k": 0},
    {"top_k": 0, "temperature": 0.5},
    {"top_k": 0, "temperature": 2.0},
    {"top_k": 5},
    {"top_k": 0, "top_p": 0.7},
    {"top_k": 0, "min_p": 0.1},
    {"top_k": 0, "typical_p": 0.6},
    {"top_k": 20, "temperature": 1.5, "top_p": 0.9, "min_p": 0.02},
]
FILTERS = {  # in transformers' order
    "temperature": filters.TemperatureLogitsWarper,
    "top_k": filters.TopKLogitsWarper,
    "top_p": filters.TopPLogitsWarper,
    "min_p": filters.MinPLogitsWarper,
    "typical_p": filters.TypicalLogitsWarper,
}
INPUT = [2, 5, 7, 11, 1]
PER_LINE = 10_000


@torch.no_grad()
def distribution(model, made, settings):
    """The probabilities of the token after the start token and `made`."""
    start = model.config.decoder_start_token_id
    ids = torch.tensor([[start] + made])
    scores = model(input_ids=torch.tensor([INPUT]), decoder_input_ids=ids).logits[:, -1]
    for name, make in FILTERS.items():
        if settings.get(name):
            scores = make(settings[name])(ids, scores)
    return torch.softmax(scores, -1)[0].tolist()


def outcomes(model, settings):
    """The probability of every output of at most two tokens."""
    exact = {}
    for first, p in enumerate(distribution(model, [], settings)):
        if first == model.config.eos_token_id:
            exact[(first,)] = p
        elif p > 0:
            for second, q in enumerate(distribution(model, [first], settings)):
                exact[(first, second)] = p * q
    return {outcome: p for outcome, p in exact.items() if p > 0}


def draw(args, settings):
    command = [args.binary, "generate", "--model", args.model, "--ids", "--do-sample",
               "--max-new-tokens", "2", "--num-return-sequences", str(PER_LINE), "--seed", "7"]
    for name, value in settings.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    lines = " ".join(map(str, INPUT)) + "\n"
    result = subprocess.run(command, input=lines * (args.draws // PER_LINE),
                            stdout=subprocess.PIPE, text=True, check=True)
    return collections.Counter(tuple(map(int, line.split())) for line in result.stdout.splitlines())


def statistic(counts, exact, draws):
    """Pearson's sum, and how many standard deviations it lies above its mean."""
    common = {outcome: p for outcome, p in exact.items() if p * draws >= 5}
    rare = 1 - sum(common.values())
    cells = [(counts[outcome], p) for outcome, p in common.items()]
    if rare * draws >= 5:
        cells.append((draws - sum(counts[outcome] for outcome in common), rare))
    total = sum((count - p * draws) ** 2 / (p * draws) for count, p in cells)
    freedom = max(len(cells) - 1, 1)
    # Wilson and Hilferty: the cube root of chi-square per degree of freedom is nearly normal.
    spread = math.sqrt(2 / (9 * freedom))
    return total, freedom, ((total / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / spread


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="our program, for example build/t5")
    parser.add_argument("model", help="a model directory")
    parser.add_argument("--draws", type=int, default=100_000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = oracle.load_model(args.model)
    wrong, worst = 0, 0.0
    for settings in SETTINGS:
        exact = outcomes(model, settings)
        counts = draw(args, settings)
        assert sum(counts.values()) == args.draws, counts
        impossible = sum(count for outcome, count in counts.items() if outcome not in exact)
        total, freedom, deviations = statistic(counts, exact, args.draws)
        bad = impossible > 0 or deviations > 4.3  # once in 100,000
        wrong += bad
        worst = max(worst, deviations)
        print(f"{'DIFFERENT ' if bad else ''}{settings}: chi-square {total:.0f} with {freedom} "
              f"degrees of freedom, {deviations:+.1f} deviations, {impossible} impossible")
    print(f"sampling: {len(SETTINGS)} settings, {args.draws} draws each, {wrong} different, largest "
          f"deviation {worst:+.1f}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
