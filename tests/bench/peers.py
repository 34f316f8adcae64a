"""This project beside PyTorch with transformers, and CTranslate2: the same work on the same cores.

    bash tests/parity/setup.sh && make build/bench build/t5 build/corpus
    build/oracle/bin/python tests/bench/peers.py [--rounds 3] [--only ROW...]

Every round runs each program once with one thread and once with two, one after the other, so that a
slow minute of the machine hits all of them; what is compared are medians. Steps: random tokens,
dropout 0.1, clipping, AdamW; tokens: random weights of t5-small's shape, 64 tokens in, 128 out. What
the programs write, and what they lose on a corpus, must agree. PyTorch has its better attention
("eager" or "sdpa"), CTranslate2 its better number of threads. Ends with the table of
docs/performance.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from peer_work import MINI, MODEL, CORPUS, PEERS, ROOT, STEPS, TOKENS, random_inputs
from peer_work import seconds_per_token

BUILD = os.path.join(ROOT, "build")
PROGRAM = os.path.join(BUILD, "t5")
THREADS = (1, 2)
ATTENTIONS = ("eager", "sdpa")
# Nothing in the environment may slow a program down.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
ENVIRONMENT.update(LC_ALL="C.UTF-8", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")


def run(command, text=None):
    result = subprocess.run(command, input=text, cwd=ROOT, env=ENVIRONMENT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"peers.py: {' '.join(command)} failed:\n{result.stderr}")
    return result.stdout


def peer(function, *arguments):
    worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_work.py")
    output = run([sys.executable, worker, json.dumps([function, *arguments])])
    return json.loads(output.splitlines()[-1])


def bench(part, threads):
    return run([os.path.join(BUILD, "bench"), "--threads", str(threads), "--only", part])


def numbers_after(output, start):
    """The numbers of the line that begins so."""
    line = next(line for line in output.splitlines() if line.strip().startswith(start))
    words = line.strip()[len(start):].replace(",", " ").replace(";", " ").split()
    return [float(word) for word in words if word.replace(".", "", 1).isdigit()]


def our_step(name, threads):
    (batch, source, target) = STEPS[name][1]
    output = bench(name, threads)
    milliseconds, _, ratio = numbers_after(output, f"{name}, {batch} x {source}/{target}")[:3]
    peak = numbers_after(output, "MB: peak of tensors")[1] * 1e6
    return {"seconds": milliseconds / 1e3, "ratio": ratio, "peak": peak}


def our_corpus(threads):
    milliseconds, loss = numbers_after(bench("corpus", threads), "corpus, one pass over 2000 pairs")
    return {"seconds": milliseconds / 1e3, "loss": loss}


def our_length(threads):
    return {"growth": numbers_after(bench("length", threads), "1024 tokens")[-1]}


def our_bounds(threads):
    output = bench("token", threads)
    return {precision: numbers_after(output, f"{precision}, batch 1, beams 1")[2]
            for precision in ("float32", "bfloat16", "int8")}


def generate(model, inputs, threads, beams, tokens):
    text = "".join(" ".join(map(str, row)) + "\n" for row in inputs)
    start = time.perf_counter()
    output = run([PROGRAM, "generate", "--model", model, "--ids", "--threads", str(threads),
                  "--num-beams", str(beams), "--max-new-tokens", str(tokens), "--min-new-tokens",
                  str(tokens)], text)
    seconds = time.perf_counter() - start
    return seconds, [list(map(int, line.split())) for line in output.splitlines()]


def our_tokens(work, threads, precision):
    batch, beams, count = TOKENS[work]
    model = MODEL if precision == "float32" else f"{MODEL}-{precision}"
    return seconds_per_token(
        lambda tokens: generate(model, random_inputs(batch), threads, beams, tokens), count)


def process_seconds(work):
    start = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - start}


def our_start(threads):
    times = [generate(MODEL, random_inputs(1), threads, 1, 1)[0] for _ in range(10)]
    return {"seconds": statistics.median(times)}


class Results:
    """The results of some programs, by name and thread count, of all rounds."""

    def __init__(self, programs, rounds):
        self.results = {}
        for number in range(rounds):
            for threads in THREADS:
                for name, program in programs.items():
                    result = program(threads)
                    self.results.setdefault((name, threads), []).append(result)
                    shown = ", ".join(f"{key} {value:.6g}" for key, value in result.items()
                                      if key != "output")
                    print(f"  round {number + 1}, {threads} thread(s), {name}: {shown}", flush=True)

    def last(self, name, threads, key):
        return self.results[name, threads][-1][key]

    def median(self, name, threads, key="seconds"):
        return statistics.median(result[key] for result in self.results[name, threads])

    def least(self, names, threads, key="seconds"):
        """The best median of several programs or thread counts."""
        return min(self.median(name, count, key) for name in names for count in threads)


def line(work, against, asked, values):
    """A row of the table: what was asked and what was reached, for one thread and for two. With
    "≥", values are how many times as long the other takes; with "≤", ours divided by the other."""
    return (work, against, asked, values)


def torch_programs(function, *arguments):
    return {f"PyTorch, {attention}": lambda threads, attention=attention: peer(
        function, *arguments, threads, attention) for attention in ATTENTIONS}


def against(results, names, ours="ours", count=None):
    return [results.least(names, count or [threads]) / results.median(ours, threads)
            for threads in THREADS]


def step_row(name, asked, products):
    def measure(rounds):
        theirs = torch_programs("torch_step", name)
        results = Results({"ours": lambda threads: our_step(name, threads), **theirs}, rounds)
        work = f"training step, {name}"
        lines = [line(work, "PyTorch", asked, against(results, theirs)),
                 line(work, "its products alone", (products, products),
                      [results.median("ours", threads, "ratio") for threads in THREADS])]
        if name == "tiny":
            speedup = results.median("ours", 1) / results.median("ours", 2)
            lines.append(line(work, "itself on one thread", ("", "≥ 1"), ["", speedup]))
        if name == "t5-small":
            peaks = [results.median("ours", threads, "peak") / results.least(theirs, [threads], "peak")
                     for threads in THREADS]
            lines.append(line(f"{work}: peak memory", "PyTorch", ("≤ 0.55", "≤ 0.55"), peaks))
        return lines
    return measure


def corpus_row(rounds):
    theirs = torch_programs("torch_corpus")
    results = Results({"ours": our_corpus, **theirs}, rounds)
    losses = [results.last(name, threads, "loss") for name in ["ours", *theirs] for threads in THREADS]
    if max(losses) > 1.01 * min(losses):
        sys.exit(f"peers.py: the losses on the corpus disagree: {losses}")
    return [line("one pass over the demo's corpus", "PyTorch, padded to the longest",
                 ("≥ 2", "≥ 2.5"), against(results, theirs))]


def length_row(rounds):
    results = Results({"ours": our_length}, rounds)
    return [line("encoder, 2,048 tokens, forward and backward: memory", "1,024 tokens",
                 ("≤ 2.1", "≤ 2.1"),
                 [results.median("ours", threads, "growth") for threads in THREADS])]


def check_same(ours, theirs, name, precision):
    """In float32 every token is the same; int8 rounds in each program in its own way."""
    pairs = [pair for rows in zip(ours, theirs, strict=True) for pair in zip(*rows, strict=True)]
    share = sum(a == b for a, b in pairs) / len(pairs)
    print(f"  same tokens as {name}: {share:.1%}", flush=True)
    if precision == "float32" and share < 0.99:
        sys.exit(f"peers.py: {name} writes other tokens than ours")


def tokens_row(work, precision, asked, torch_asked=("", "")):
    def measure(rounds):
        theirs = torch_programs("torch_tokens", work) if precision == "float32" else {}
        programs = {"ours": lambda threads: our_tokens(work, threads, precision),
                    "CTranslate2": lambda threads: peer("ctranslate2_tokens", work, threads,
                                                        precision), **theirs}
        results = Results(programs, rounds)
        for name in list(programs)[1:]:
            check_same(results.last("ours", 1, "output"), results.last(name, 1, "output"), name,
                       precision)
        work_name = f"{work}, {precision}"
        lines = [line(work_name, "CTranslate2 at its better thread count", asked,
                      against(results, ["CTranslate2"], count=THREADS))]
        if theirs:
            lines.insert(0, line(work_name, "transformers", torch_asked, against(results, theirs)))
        return lines
    return measure


def bound_row(rounds):
    results = Results({"ours": our_bounds}, rounds)
    return [line(f"a token, batch 1, {precision}", "its weights read once", ("≤ 1.3", "≤ 1.3"),
                 [results.median("ours", threads, precision) for threads in THREADS])
            for precision in ("float32", "bfloat16", "int8")]


def start_row(rounds):
    programs = {"ours": our_start}
    for name, function in (("CTranslate2", "ctranslate2_start"), ("transformers", "torch_start")):
        programs[name] = lambda threads, function=function: process_seconds(
            lambda: peer(function, threads))
    results = Results(programs, rounds)
    lines = [line("start to first token, t5-small", "100 ms", ("≤ 1", "≤ 1"),
                  [results.median("ours", threads) / 0.1 for threads in THREADS])]
    for name in ("CTranslate2", "transformers"):
        lines.append(line("the same", name, ("", ""), against(results, [name])))
    return lines


ROWS = {
    "tiny": step_row("tiny", ("≥ 3", "≥ 4"), "≤ 1.7"),
    "mini": step_row("mini", ("≥ 1.6", "≥ 1.9"), "≤ 1.4"),
    "t5-small": step_row("t5-small", ("≥ 1.2", "≥ 1.4"), "≤ 1.2"),
    "corpus": corpus_row,
    "length": length_row,
    "batch-1": tokens_row("batch 1", "float32", ("≥ 1.3", "≥ 3"), ("≥ 1.8", "≥ 2.6")),
    "batch-1-int8": tokens_row("batch 1", "int8", ("≥ 1.2", "≥ 2")),
    "batch-16": tokens_row("batch 16", "float32", ("≥ 1.1", "≥ 1.5")),
    "batch-16-int8": tokens_row("batch 16", "int8", ("≥ 1.1", "≥ 1.1")),
    "beam-4": tokens_row("beam 4", "float32", ("≥ 1", "≥ 1.5")),
    "beam-4-int8": tokens_row("beam 4", "int8", ("≥ 1", "≥ 1")),
    "batch-16-beam-4": tokens_row("batch 16, beam 4", "float32", ("≥ 1", "≥ 1.5")),
    "batch-16-beam-4-int8": tokens_row("batch 16, beam 4", "int8", ("≥ 1", "≥ 1")),
    "bound": bound_row,
    "start": start_row,
}


def print_table(lines):
    def cell(asked, value):
        if not asked and value == "":
            return "|"
        missed = asked and (value < float(asked[2:]) if asked[0] == "≥" else value > float(asked[2:]))
        return f"{value:.2f}{' ✗' if missed else ''}{f' ({asked})' if asked else ''} |"

    print("\n| work | against | one thread | two threads |\n|---|---|---|---|")
    for work, other, asked, values in lines:
        print(f"| {work} | {other} |", " ".join(map(cell, asked, values)))


def prepare():
    """The same random weights, vocabulary and corpus for all."""
    if not os.path.exists(MINI + "/model.safetensors"):
        run([os.path.join(BUILD, "corpus"), "english-french", "--output", CORPUS])
        run([PROGRAM, "tokenizer", "train", "--train", CORPUS + "/train.tsv", "--vocab-size", "1200",
             "--output", PEERS + "/tokenizer"])
        run([PROGRAM, "new", "--preset", "mini", "--tokenizer", PEERS + "/tokenizer", "--output",
             MINI])
    if not os.path.exists(MODEL + "-ct2/model.bin"):
        peer("make_models")
    for precision in ("bfloat16", "int8"):
        if not os.path.exists(f"{MODEL}-{precision}/model.safetensors"):
            run([PROGRAM, "convert", "--quiet", "--model", MODEL, "--output", f"{MODEL}-{precision}",
                 "--dtype", precision])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW",
                        help=", ".join(ROWS))
    args = parser.parse_args()
    prepare()
    lines = []
    for name in args.only:
        print(name, flush=True)
        lines += ROWS[name](args.rounds)
    print_table(lines)


if __name__ == "__main__":
    main()
