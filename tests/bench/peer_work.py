"""What PyTorch with transformers, and CTranslate2, are measured on. One measurement a process:
thread counts are fixed at the first use, and the peak of memory is the process's own.

    peer_work.py '["torch_step", "tiny", 2, "sdpa"]'   prints the result as JSON
"""

import json
import os
import random
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(ROOT, "build/peers")
MODEL, MINI = os.path.join(PEERS, "t5-small"), os.path.join(PEERS, "mini")
CORPUS = os.path.join(PEERS, "corpus")
# d_model, d_ff, heads, d_kv, layers, vocabulary; batch, input, target; steps measured
STEPS = {
    "tiny": ((64, 128, 4, 16, 2, 256), (32, 16, 16), 30),
    "mini": ((128, 512, 4, 32, 2, 2048), (32, 32, 32), 15),
    "t5-small": ((512, 2048, 8, 64, 6, 32128), (8, 128, 64), 3),
}
# batch, beams, how often within one measurement
TOKENS = {"batch 1": (1, 1, 3), "batch 16": (16, 1, 1), "beam 4": (1, 4, 1),
          "batch 16, beam 4": (16, 4, 1)}
LENGTH = 128  # tokens out
PAIRS, BATCH = 2000, 32  # of the corpus


def median_time(work, count):
    work()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def seconds_per_token(run, count):
    """run(tokens) gives seconds and outputs. The encoder and the first token do not count."""
    run(2)
    times = []
    for _ in range(count):
        short, _ = run(1)
        long, output = run(LENGTH)
        times.append((long - short) / (LENGTH - 1))
    return {"seconds": statistics.median(times), "output": output}


def peak_bytes():
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def random_inputs(count):
    generator = random.Random(4)
    return [[generator.randrange(3, 32000) for _ in range(63)] + [1] for _ in range(count)]


def torch_trainer(model, rate):
    """A function that takes a step on a batch, as fast as PyTorch does it."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, fused=True)

    def step(**batch):
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    return step


def torch_step(name, threads, attention):
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    (d_model, d_ff, heads, d_kv, layers, vocabulary), (batch, source, target), count = STEPS[name]
    config = T5Config(vocab_size=vocabulary, d_model=d_model, d_ff=d_ff, num_heads=heads, d_kv=d_kv,
                      num_layers=layers, num_decoder_layers=layers, dropout_rate=0.1,
                      decoder_start_token_id=0, attn_implementation=attention)
    step = torch_trainer(T5ForConditionalGeneration(config).train(), 1e-4)
    inputs = torch.randint(3, vocabulary, (batch, source))
    labels = torch.randint(3, vocabulary, (batch, target))
    seconds = median_time(lambda: step(input_ids=inputs, labels=labels), count)
    return {"seconds": seconds, "peak": peak_bytes()}


def padded(rows, padding):
    import torch

    longest = max(map(len, rows))
    return torch.tensor([row + [padding] * (longest - len(row)) for row in rows])


def torch_corpus(threads, attention):
    """Batches are padded to their longest sentence; making them does not count."""
    import sentencepiece
    import torch
    from transformers import T5ForConditionalGeneration

    torch.set_num_threads(threads)
    model = T5ForConditionalGeneration.from_pretrained(
        MINI, dropout_rate=0.0, attn_implementation=attention).train()
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=MINI + "/spiece.model")
    with open(CORPUS + "/train.tsv", encoding="utf-8") as lines:
        pairs = [[tokenizer.encode(text) + [1] for text in line.rstrip("\n").split("\t")]
                 for line, _ in zip(lines, range(PAIRS))]
    batches = []
    for i in range(0, PAIRS, BATCH):
        inputs, labels = zip(*pairs[i:i + BATCH])
        ids = padded(inputs, 0)
        batches.append({"input_ids": ids, "attention_mask": (ids != 0).long(),
                        "labels": padded(labels, -100)})
    step = torch_trainer(model, 1e-3)
    loss = statistics.mean(step(**batch) for batch in batches)
    return {"seconds": median_time(lambda: [step(**batch) for batch in batches], 1), "loss": loss}


def torch_tokens(work, threads, attention):
    import torch
    from transformers import T5ForConditionalGeneration

    torch.set_num_threads(threads)
    batch, beams, _ = TOKENS[work]
    model = T5ForConditionalGeneration.from_pretrained(MODEL, attn_implementation=attention).eval()
    inputs = torch.tensor(random_inputs(batch))

    def run(tokens):
        start = time.perf_counter()
        output = model.generate(inputs, num_beams=beams, do_sample=False, max_new_tokens=tokens,
                                min_new_tokens=tokens)
        return time.perf_counter() - start, output[:, 1:].tolist()

    return seconds_per_token(run, 1)


def ctranslate2_tokens(work, threads, precision):
    import ctranslate2

    batch, beams, count = TOKENS[work]
    translator = ctranslate2.Translator(MODEL + "-ct2", device="cpu", compute_type=precision,
                                        intra_threads=threads, inter_threads=1)
    inputs = [[f"t{id}" if id > 2 else "</s>" for id in row] for row in random_inputs(batch)]
    numbers = {"<pad>": 0, "</s>": 1, "<unk>": 2}

    def run(tokens):
        start = time.perf_counter()
        results = translator.translate_batch(inputs, beam_size=beams, min_decoding_length=tokens,
                                             max_decoding_length=tokens, max_batch_size=64)
        seconds = time.perf_counter() - start
        return seconds, [[numbers[t] if t in numbers else int(t[1:]) for t in r.hypotheses[0]]
                         for r in results]

    return seconds_per_token(run, count)


def torch_start(threads):
    """A program that writes one token: how long its process lives is what counts."""
    import torch
    from transformers import T5ForConditionalGeneration

    torch.set_num_threads(threads)
    model = T5ForConditionalGeneration.from_pretrained(MODEL).eval()
    return model.generate(torch.tensor(random_inputs(1)), max_new_tokens=1).tolist()


def ctranslate2_start(threads):
    import ctranslate2

    translator = ctranslate2.Translator(MODEL + "-ct2", device="cpu", intra_threads=threads)
    inputs = [[f"t{id}" if id > 2 else "</s>" for id in row] for row in random_inputs(1)]
    return translator.translate_batch(inputs, beam_size=1, max_decoding_length=1)[0].hypotheses


def make_models():
    """Random weights of t5-small's shape, for transformers and, by its own converter, with names in
    place of a tokenizer, for CTranslate2."""
    import torch
    from ctranslate2.converters import transformers as convert
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    model = T5ForConditionalGeneration(
        T5Config(vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6,
                 num_decoder_layers=6, num_heads=8, decoder_start_token_id=0))
    model.save_pretrained(MODEL)
    spec = convert.T5Loader().get_model_spec(model)
    vocabulary = ["<pad>", "</s>", "<unk>"] + [f"t{i}" for i in range(3, 32128)]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<pad>", "</s>", "<unk>"
    spec.config.decoder_start_token = "<pad>"
    spec.validate()
    spec.optimize(quantization=None)
    os.makedirs(MODEL + "-ct2", exist_ok=True)
    spec.save(MODEL + "-ct2")


if __name__ == "__main__":
    function, *arguments = json.loads(sys.argv[1])
    print(json.dumps(globals()[function](*arguments)))
