"""Runs our program and transformers on the same random rows and prints where they differ.

    build/oracle/bin/python tests/parity/compare_live.py build/t5 DIR [--rows N] [--seed N]

Scores differ if a row's log-probability does by more than --tolerance, and by more than 1e-5 of it. Generations differ if an
id does; the margin beside it is transformers' logit of its own choice less that of ours, at the
first differing position: a margin near 0 is a tie that rounding decided, a large one is a bug.
Exit status: 0 if all rows agree (ties within --tolerance included), else 1.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import torch

import oracle
from variants import random_ids


def text(ids):
    return " ".join(str(i) for i in ids)


def run(command, stdin=""):
    """The output lines of our program. Its messages go to our stderr; a failure ends us."""
    result = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"compare_live: exit status {result.returncode} from: {' '.join(command)}")
    return result.stdout.splitlines()


def checked(lines, count, what):
    if len(lines) != count:
        sys.exit(f"compare_live: {what}: expected {count} lines, found {len(lines)}")
    return lines


def random_rows(model, args):
    """(source, target) pairs of random ids, each ending in eos."""
    generator = torch.Generator().manual_seed(args.seed)
    size = model.config.vocab_size

    def ids():
        length = int(torch.randint(2, args.max_length + 1, (1,), generator=generator))
        return random_ids(length, size, generator).tolist()

    return [(ids(), ids()) for _ in range(args.rows)]


@torch.no_grad()
def reference_score(model, source, target):
    """Log-probability of `target`, its ids used as they are."""
    loss = model(input_ids=torch.tensor([source]), labels=torch.tensor([target])).loss.item()
    return {"log_probability": -loss * len(target), "tokens": len(target), "loss": loss}


def our_scores(args, rows):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "pairs.tsv")
        with open(path, "w") as file:
            file.writelines(f"{text(source)}\t{text(target)}\n" for source, target in rows)
        lines = run([args.binary, "score", "--model", args.model, "--data", path,
                     "--json", "--ids"])
    return [json.loads(line) for line in checked(lines, len(rows), "score")]


def compare_scores(model, args, rows):
    """The number of rows that differ."""
    different, largest = 0, 0.0
    for number, (row, ours) in enumerate(zip(rows, our_scores(args, rows))):
        theirs = reference_score(model, *row)
        gap = abs(ours["log_probability"] - theirs["log_probability"])
        loss_gap = abs(ours["loss"] - theirs["loss"])
        largest = max(largest, gap)
        # Log-probabilities in the thousands carry float32's relative error of some 1e-6. Written
        # so that a NaN counts as different.
        allowed = max(args.tolerance, 1e-5 * abs(theirs["log_probability"]))
        same = gap <= allowed and loss_gap <= allowed
        if not same or ours["tokens"] != theirs["tokens"]:
            different += 1
            print(f"score row {number}: log_probability off by {gap:.3g}\n"
                  f"  input        {text(row[0])}\n  target       {text(row[1])}\n"
                  f"  ours         {json.dumps(ours)}\n  transformers {json.dumps(theirs)}")
    print(f"score: {len(rows)} rows, {different} differ, largest gap {largest:.3g}")
    return different


def margin_at(output, position, theirs, ours):
    """transformers' logit of its own id less that of ours. An end too early or late, or an id
    that does not exist, has no logit to compare: it counts as a large margin."""
    if position >= min(len(theirs), len(ours)):
        return float("inf")
    logits = output.logits[position][0]
    if not 0 <= ours[position] < len(logits):
        return float("inf")
    return float(logits[theirs[position]] - logits[ours[position]])


def compare_generations(model, args, rows):
    """The number of rows that differ by more than a tie."""
    sources = [source for source, _ in rows]
    lines = run([args.binary, "generate", "--model", args.model, "--ids",
                 "--max-new-tokens", str(args.max_new_tokens)],
                "".join(text(source) + "\n" for source in sources))
    different = ties = 0
    for number, line in enumerate(checked(lines, len(rows), "generate")):
        ours = [int(word) for word in line.split()]
        theirs, output = oracle.generate(model, sources[number], args.max_new_tokens)
        if ours == theirs:
            continue
        shared = len(os.path.commonprefix([ours, theirs]))
        margin = margin_at(output, shared, theirs, ours)
        tie = margin <= args.tolerance
        ties, different = ties + tie, different + (not tie)
        print(f"generate row {number}: differs at position {shared}, margin {margin:.3g}"
              f"{' (a tie)' if tie else ''}\n  input        {text(sources[number])}\n"
              f"  ours         {text(ours)}\n  transformers {text(theirs)}")
    print(f"generate: {len(rows)} rows, {different} differ, {ties} ties")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="our program, for example build/t5")
    parser.add_argument("model", help="a model directory")
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-length", type=int, default=40, help="of the random rows")
    parser.add_argument("--max-new-tokens", type=int, default=20)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    args = parser.parse_args()
    model = oracle.load_model(args.model)
    rows = random_rows(model, args)
    different = compare_scores(model, args, rows) + compare_generations(model, args, rows)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
