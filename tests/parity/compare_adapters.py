"""Compares adapters with PEFT: scores, gradients, ten steps, files in both directions, merging.

    build/oracle/bin/python tests/parity/compare_adapters.py build/t5 SHAPE OUTPUT

Makes the model of make_shape.py in OUTPUT, with ByT5's tokenizer, and beside it adapters of PEFT
whose values are all different from those at the start. The scores of some pairs are held against
PEFT's in float64; a step of plain gradient descent at a rate of 1e6 gives every gradient, held
against PEFT's in float64 and in float32, of which the nearer counts: a relu near 0 may be on another
side. Ten steps of AdamW run on both sides in float32. What we wrote is read by PEFT, and a warning counts as a
difference. Exit status: 0 if all is within the bounds that the README names, else 1.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import warnings

import torch
from peft import (IA3Config, LoraConfig, PeftModel, PromptTuningConfig, get_peft_model,
                  set_peft_model_state_dict)
from safetensors.torch import load_file

import make_shape
import oracle
from compare_training import PAIRS, batch_of, prepare, run

BOUNDS = {"scores": 2e-5, "gradients": 1e-3, "ten steps": 1e-4, "read back": 2e-5, "merged": 2e-5}
RATE = 1e6
ADAMW = dict(lr=1e-6, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
CONFIGS = {
    "lora": LoraConfig(task_type="SEQ_2_SEQ_LM", r=4, lora_alpha=12),
    "rslora of all": LoraConfig(task_type="SEQ_2_SEQ_LM", r=3, lora_alpha=6, use_rslora=True,
                                target_modules=r"(encoder|decoder)\..*\.(q|k|v|o|wo|wi|wi_0|wi_1)"),
    "ia3": IA3Config(task_type="SEQ_2_SEQ_LM"),
    "prompt": PromptTuningConfig(task_type="SEQ_2_SEQ_LM", num_virtual_tokens=7),
}


def shake(model, seed):
    """Gives every trainable value a normal share, so that no factor is 0 or 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameter in sorted(model.named_parameters()):
            if parameter.requires_grad:
                noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
                parameter += 0.02 * noise.to(parameter.dtype)


def their_scores(model):
    """The sum of the target's log-probabilities, pair by pair."""
    scores = []
    with torch.no_grad():
        for pair in PAIRS:
            batch = batch_of([pair])
            scores.append(-float(model(**batch).loss) * batch["labels"].shape[1])
    return scores


def our_scores(binary, directory, *options):
    out = run([binary, "score", "--model", directory, "--data",
               os.path.join(directory.split("+")[0], "pairs.tsv"), *options])
    return [float(line.split("\t")[0]) for line in out.splitlines()]


def gap(ours, theirs):
    assert len(ours) == len(theirs) == len(PAIRS)
    return max(abs(a - b) / abs(b) for a, b in zip(ours, theirs))


def train(binary, directory, adapter, output, *options):
    run([binary, "train", "--model", directory, "--adapter", adapter, "--train",
         os.path.join(directory, "pairs.tsv"), "--output", output, "--batch-size", str(len(PAIRS)),
         "--dropout-rate", "0", "--max-grad-norm", "0", "--logging-steps", "1", "--quiet", *options])


def worst_gradient(binary, directory, adapter, model):
    model.zero_grad()
    model(**batch_of(PAIRS)).loss.backward()
    names = {name.replace(".default", ""): parameter.grad
             for name, parameter in model.named_parameters() if parameter.requires_grad}
    output = adapter + "-step"
    train(binary, directory, adapter, output, "--max-steps", "1", "--optim", "sgd",
          "--learning-rate", str(RATE))
    after = load_file(os.path.join(output, "adapter_model.safetensors"))
    before = load_file(os.path.join(adapter, "adapter_model.safetensors"))
    worst = 0.0
    for name, value in sorted(after.items()):
        theirs = names.get(name, names.get("prompt_encoder.embedding.weight"))[:len(value)]
        ours = (before[name][:len(value)].double() - value.double()) / RATE
        found = float((ours - theirs).norm() / theirs.norm())
        worst = max(worst, found) if found == found else float("inf")
    assert len(after) == len(before)
    shutil.rmtree(output)
    return worst


def ten_steps(binary, directory, adapter, model):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, **ADAMW)
    theirs = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(**batch_of(PAIRS)).loss
        theirs.append(loss.item())
        loss.backward()
        optimizer.step()
    output = adapter + "-ten"
    train(binary, directory, adapter, output, "--max-steps", "10", "--optim", "adamw",
          "--learning-rate", str(ADAMW["lr"]), "--weight-decay", str(ADAMW["weight_decay"]))
    with open(os.path.join(output, "metrics.jsonl")) as file:
        ours = [json.loads(line)["loss"] for line in file]
    assert len(ours) == 10 and theirs[9] < theirs[0], (ours, theirs)
    return max(abs(a - b) / b for a, b in zip(ours, theirs)), output


def in_float32(directory, adapter, config):
    model = get_peft_model(oracle.load_model(directory, torch.float32), config)
    values = load_file(os.path.join(adapter, "adapter_model.safetensors"))
    set_peft_model_state_dict(model, {name: value.float() for name, value in values.items()})
    return model


def compare(binary, directory, kind, config):
    adapter = os.path.join(directory, kind.replace(" ", "-"))
    model = get_peft_model(oracle.load_model(directory), config)
    shake(model, 1)
    model.save_pretrained(adapter)  # float64
    found = {"scores": gap(our_scores(binary, directory, "--adapter", adapter),
                           their_scores(model))}
    gradients = worst_gradient(binary, directory, adapter, model)
    del model
    model = in_float32(directory, adapter, config)
    found["gradients"] = min(gradients, worst_gradient(binary, directory, adapter, model))
    found["ten steps"], output = ten_steps(binary, directory, adapter, model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, about PEFT itself
        back = PeftModel.from_pretrained(oracle.load_model(directory), output)
    found["read back"] = gap(our_scores(binary, directory, "--adapter", output), their_scores(back))
    if kind != "prompt":
        merged = directory + "+merged"
        run([binary, "convert", "--model", directory, "--adapter", output, "--output", merged,
             "--quiet"])
        found["merged"] = gap(our_scores(binary, merged), their_scores(back))
        shutil.rmtree(merged)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="our program, for example build/t5")
    parser.add_argument("shape", choices=make_shape.SHAPES)
    parser.add_argument("output")
    args = parser.parse_args()
    prepare(args.shape, args.output)
    ok, worst = True, {}
    for kind, config in CONFIGS.items():
        found = compare(args.binary, args.output, kind, config)
        print(f"{args.shape}, {kind}: " + ", ".join(f"{k} {v:.1e}" for k, v in found.items()))
        ok = ok and all(found[name] <= BOUNDS[name] for name in found)
        worst = {name: max(value, worst.get(name, 0)) for name, value in found.items()}
    print(f"{args.shape}: " + ", ".join(f"{name} {value:.1e}" for name, value in worst.items()))
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
