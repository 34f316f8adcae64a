"""Compares a model of a published size with transformers: states, loss, gradients, ten steps.

    build/oracle/bin/python tests/parity/compare_training.py build/t5 SHAPE OUTPUT

Makes the model of make_shape.py in OUTPUT, with ByT5's tokenizer, since `t5 train` reads text.
`t5 diff` tells how far the logits and the loss of a batch are from those
that transformers computes in float64. A step of plain gradient descent at a rate of 1e5 leaves
weights from which every gradient can be read. Ten steps of AdamW run on both sides in float32.
Exit status: 0 if all is within the bounds that the README names, else 1.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

import torch
from safetensors import safe_open

import make_shape
import oracle
from make_fixtures import hidden_states

BOUNDS = {"logits": 2e-5, "loss": 1e-5, "gradients": 1e-3, "ten steps": 1e-4}
RATE = 1e5
# A rate at which rounding stays small: from random weights with a loss of 92, ten steps of 1e-4 end
# with losses that differ by 8 % and more between PyTorch in float32 and PyTorch in float64.
ADAMW = dict(lr=3e-7, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
PAIRS = [("Where does the small river go at night?", "To the sea, of course."),
         ("seven 7 times 6", "forty-two"),
         ("The old house on the hill was sold twice and then burnt down.", "It is gone now."),
         ("a", "b")]


def ids_of(text):
    return [byte + 3 for byte in text.encode()] + [1]


def batch_of(pairs):
    sources, targets = ([ids_of(pair[side]) for pair in pairs] for side in (0, 1))
    input_ids = torch.zeros(len(pairs), max(map(len, sources)), dtype=torch.long)
    labels = torch.full((len(pairs), max(map(len, targets))), -100)
    for row, (source, target) in enumerate(zip(sources, targets)):
        input_ids[row, :len(source)] = torch.tensor(source)
        labels[row, :len(target)] = torch.tensor(target)
    return {"input_ids": input_ids, "attention_mask": (input_ids != 0).long(), "labels": labels}


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode not in (0, 1):  # 1: t5 diff found something
        sys.exit(f"compare_training: exit status {result.returncode} from: {' '.join(command)}")
    return result.stdout


def train(binary, directory, output, *options):
    run([binary, "train", "--model", directory, "--train", os.path.join(directory, "pairs.tsv"),
         "--output", output, "--batch-size", str(len(PAIRS)), "--dropout-rate", "0",
         "--max-grad-norm", "0", "--logging-steps", "1", "--quiet", *options])


def logits_and_loss(binary, directory, model, batch):
    """The differences that t5 diff finds, each relative to the largest number in the state."""
    with torch.no_grad():
        states, output = hidden_states(model, batch)
    states |= {**batch, "logits": output.logits, "loss": output.loss.reshape(1)}
    path = os.path.join(directory, "states.safetensors")
    oracle.save_tensors(states, path)
    answer = json.loads(run([binary, "diff", "--model", directory, "--states", path, "--json",
                             "--tolerance", str(BOUNDS["logits"])]))
    if answer["first"]:
        print(f"t5 diff: {answer['first']}: {answer['cause']}")
    found = {state["name"]: state["difference"] for state in answer["states"]}
    return {name: found[name] for name in ("logits", "loss")}


def worst_gradient(binary, directory, model, batch):
    """The largest |ours - theirs| / |theirs| over the parameters."""
    model.zero_grad()
    model(**batch).loss.backward()
    output = directory + "-step"
    train(binary, directory, output, "--max-steps", "1", "--optim", "sgd", "--learning-rate",
          str(RATE))
    worst = 0.0
    with safe_open(os.path.join(output, "model.safetensors"), "pt") as after, \
            safe_open(os.path.join(directory, "model.safetensors"), "pt") as before:
        for name, parameter in model.named_parameters():
            ours = (before.get_tensor(name).double() - after.get_tensor(name).double()) / RATE
            gap = float((ours - parameter.grad).norm() / parameter.grad.norm())
            worst = max(worst, gap) if gap == gap else float("inf")
    shutil.rmtree(output)
    return worst


def ten_steps(binary, directory, batch):
    """The largest difference of the losses, relative to the loss."""
    model = oracle.load_model(directory, torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), **ADAMW)
    theirs = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(**batch).loss
        theirs.append(loss.item())
        loss.backward()
        optimizer.step()
    output = directory + "-ten"
    train(binary, directory, output, "--max-steps", "10", "--optim", "adamw", "--learning-rate",
          str(ADAMW["lr"]), "--weight-decay", str(ADAMW["weight_decay"]))
    with open(os.path.join(output, "metrics.jsonl")) as file:
        ours = [json.loads(line)["loss"] for line in file]
    shutil.rmtree(output)
    assert len(ours) == 10 and theirs[9] < theirs[0], (ours, theirs)
    return max(abs(a - b) / b for a, b in zip(ours, theirs))


def prepare(shape, directory):
    make_shape.write(shape, directory)
    with open(os.path.join(directory, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "ByT5Tokenizer", "extra_ids": 0}, file)
    with open(os.path.join(directory, "pairs.tsv"), "w") as file:
        file.writelines(f"{source}\t{target}\n" for source, target in PAIRS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="our program, for example build/t5")
    parser.add_argument("shape", choices=make_shape.SHAPES)
    parser.add_argument("output")
    args = parser.parse_args()
    prepare(args.shape, args.output)
    batch = batch_of(PAIRS)
    model = oracle.load_model(args.output)
    found = logits_and_loss(args.binary, args.output, model, batch)
    found["gradients"] = worst_gradient(args.binary, args.output, model, batch)
    del model
    found["ten steps"] = ten_steps(args.binary, args.output, batch)
    print(f"{args.shape}: " + ", ".join(f"{name} {gap:.1e}" for name, gap in found.items()))
    sys.exit(0 if all(found[name] <= bound for name, bound in BOUNDS.items()) else 1)


if __name__ == "__main__":
    main()
