"""This project beside PyTorch with transformers, and CTranslate2: the same work on the same cores.

    bash tests/parity/setup.sh && make build/bench build/t5
    build/oracle/bin/python tests/bench/peers.py [--threads 1 2] [--rounds 3] [--only steps tokens]

Every round runs each program once, one after the other, so that a slow minute of the machine hits
all of them; the ratios are of the medians. Training: a step of forward, backward, clipping and
AdamW, random tokens, dropout 0.1. Generation: random weights of t5-small's shape, 64 tokens in, 128
out; time per step. The outputs in float32 must agree.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH, PROGRAM = os.path.join(ROOT, "build/bench"), os.path.join(ROOT, "build/t5")
MODEL = os.path.join(ROOT, "build/peers/t5-small")
# d_model, d_ff, heads, d_kv, layers, vocabulary; batch, input, target
STEPS = {
    "tiny": ((64, 128, 4, 16, 2, 256), (32, 16, 16), 30),
    "mini": ((128, 512, 4, 32, 2, 2048), (32, 32, 32), 15),
    "t5-small": ((512, 2048, 8, 64, 6, 32128), (8, 128, 64), 3),
}
TOKENS = {"batch 1": (1, 1), "batch 16": (16, 1), "beam 4": (1, 4), "batch 16, beam 4": (16, 4)}


def median_time(work, count):
    work()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def torch_step(name, threads):
    """Seconds of one training step. Runs in a process of its own."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    (d_model, d_ff, heads, d_kv, layers, vocabulary), (batch, source, target), count = STEPS[name]
    model = T5ForConditionalGeneration(
        T5Config(vocab_size=vocabulary, d_model=d_model, d_ff=d_ff, num_heads=heads, d_kv=d_kv,
                 num_layers=layers, num_decoder_layers=layers, dropout_rate=0.1,
                 decoder_start_token_id=0)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    inputs = torch.randint(3, vocabulary, (batch, source))
    labels = torch.randint(3, vocabulary, (batch, target))

    def step():
        model(input_ids=inputs, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return median_time(step, count)


def random_inputs(count):
    import random
    random.seed(4)
    return [[random.randrange(3, 32000) for _ in range(63)] + [1] for _ in range(count)]


def torch_tokens(work, threads):
    import torch
    from transformers import T5ForConditionalGeneration

    torch.set_num_threads(threads)
    batch, beams = TOKENS[work]
    model = T5ForConditionalGeneration.from_pretrained(MODEL).eval()
    inputs = torch.tensor(random_inputs(batch))

    def run(tokens):
        start = time.perf_counter()
        output = model.generate(inputs, num_beams=beams, do_sample=False, max_new_tokens=tokens,
                                min_new_tokens=tokens)
        return time.perf_counter() - start, output[:, 1:].tolist()

    run(2)
    short, _ = run(1)
    long, output = run(128)
    return (long - short) / 127, output


def ctranslate2_tokens(work, threads, precision):
    import ctranslate2

    batch, beams = TOKENS[work]
    translator = ctranslate2.Translator(MODEL + "-ct2", device="cpu", compute_type=precision,
                                        intra_threads=threads, inter_threads=1)
    inputs = [[f"t{id}" if id > 2 else "</s>" for id in row] for row in random_inputs(batch)]

    def run(tokens):
        start = time.perf_counter()
        results = translator.translate_batch(inputs, beam_size=beams, min_decoding_length=tokens,
                                             max_decoding_length=tokens, max_batch_size=64)
        return time.perf_counter() - start, [r.hypotheses[0] for r in results]

    run(2)
    short, _ = run(1)
    long, output = run(128)
    return (long - short) / 127, output


def our_step(name, threads):
    lines = subprocess.run([BENCH, "--threads", str(threads), "--only", name], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return next(float(line.split()[1]) / 1e3 for line in lines if line.startswith(name + " "))


def our_tokens(work, threads, precision):
    batch, beams = TOKENS[work]
    text = "".join(" ".join(map(str, row)) + "\n" for row in random_inputs(batch))
    model = MODEL if precision == "float32" else f"{MODEL}-{precision}"

    def run(tokens):
        command = [PROGRAM, "generate", "--model", model, "--ids", "--threads", str(threads),
                   "--num-beams", str(beams), "--max-new-tokens", str(tokens), "--min-new-tokens",
                   str(tokens)]
        start = time.perf_counter()
        output = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
        return time.perf_counter() - start, output.stdout

    run(2)
    short, _ = run(1)
    long, output = run(128)
    return (long - short) / 127, [list(map(int, line.split())) for line in output.splitlines()]


def in_process(*arguments):
    """Runs one measurement in a fresh interpreter: thread counts are fixed at the first use."""
    output = subprocess.run([sys.executable, __file__, "--measure", json.dumps(arguments)],
                            check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def measure(kind, *arguments):
    result = {"step": torch_step, "torch": torch_tokens, "ct2": ctranslate2_tokens}[kind](*arguments)
    print(json.dumps(result))


def prepare():
    """The same random weights for all three."""
    import shutil

    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    if os.path.exists(MODEL + "-int8/model.safetensors") and os.path.exists(MODEL + "-ct2/model.bin"):
        return
    shutil.rmtree(os.path.dirname(MODEL), ignore_errors=True)
    torch.manual_seed(0)
    config = T5Config(vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6,
                      num_decoder_layers=6, num_heads=8, decoder_start_token_id=0)
    model = T5ForConditionalGeneration(config)
    model.save_pretrained(MODEL)
    for precision in ("bfloat16", "int8"):
        subprocess.run([PROGRAM, "convert", "--quiet", "--model", MODEL, "--output",
                        f"{MODEL}-{precision}", "--dtype", precision], check=True)
    convert_ctranslate2(model)


def convert_ctranslate2(model):
    """CTranslate2's own converter, with a vocabulary of names in place of a tokenizer."""
    from ctranslate2.converters import transformers as convert

    loader = convert.T5Loader()
    spec = loader.get_model_spec(model)
    vocabulary = ["<pad>", "</s>", "<unk>"] + [f"t{i}" for i in range(3, 32128)]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<pad>", "</s>", "<unk>"
    spec.config.decoder_start_token = "<pad>"
    spec.validate()
    spec.optimize(quantization=None)
    os.makedirs(MODEL + "-ct2")
    spec.save(MODEL + "-ct2")


def same(ours, theirs):
    rows = [[0 if t == "<pad>" else 1 if t == "</s>" else 2 if t == "<unk>" else int(t[1:])
             for t in row] if row and isinstance(row[0], str) else row for row in theirs]
    pairs = [(a, b) for x, y in zip(ours, rows) for a, b in zip(x, y)]
    return sum(a == b for a, b in pairs) / len(pairs)


def compare_steps(threads, rounds):
    for name in STEPS:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(our_step(name, threads))
            theirs.append(in_process("step", name, threads))
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"step {name:<10} {threads} thread(s)  ours {1e3 * a:8.1f} ms   PyTorch "
              f"{1e3 * b:8.1f} ms   ratio {b / a:5.2f}", flush=True)


def compare_tokens(threads, rounds):
    for work in TOKENS:
        times, agreement = {}, {}
        for _ in range(rounds):
            for precision in ("float32", "bfloat16", "int8"):
                seconds, ours = our_tokens(work, threads, precision)
                times.setdefault(f"ours {precision}", []).append(seconds)
                if precision == "float32":
                    reference = ours
            seconds, output = in_process("torch", work, threads)
            times.setdefault("transformers", []).append(seconds)
            agreement["transformers"] = same(reference, output)
            for precision in ("float32", "int8"):
                seconds, output = in_process("ct2", work, threads, precision)
                times.setdefault(f"CTranslate2 {precision}", []).append(seconds)
                agreement[f"CTranslate2 {precision}"] = same(reference, output)
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            base = medians["ours int8" if "int8" in name else "ours float32"]
            note = f"   same tokens {agreement[name]:.0%}" if name in agreement else ""
            print(f"tokens {work:<16} {threads} thread(s)  {name:<20} {1e3 * value:8.2f} ms   "
                  f"against ours {value / base:5.2f}{note}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=["steps", "tokens"], default=["steps", "tokens"])
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        return measure(*json.loads(args.measure))
    prepare()
    for threads in args.threads:
        if "steps" in args.only:
            compare_steps(threads, args.rounds)
        if "tokens" in args.only:
            compare_tokens(threads, args.rounds)


if __name__ == "__main__":
    main()
