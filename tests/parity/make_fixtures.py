"""Writes tests/fixtures/models: small T5 models and what transformers makes of them.

    build/oracle/bin/python tests/parity/make_fixtures.py [--output DIR] [VARIANT ...]
"""

import argparse
import math
import os

import torch
from transformers.optimization import Adafactor

import oracle
import toy_task
from variants import build_batch, build_model, random_ids, variants

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 10
MAX_NEW_TOKENS = 20
MIN_MARGIN = 0.01  # greedy runs nearer to a tie than this could flip in float32


class AdafactorMin128(Adafactor):
    """T5's own rule: factor a matrix only if both its dimensions are at least 128."""

    @staticmethod
    def _get_options(group, shape):
        return len(shape) >= 2 and min(shape[-2:]) >= 128, group["beta1"] is not None


ADAFACTOR = dict(lr=3e-3, eps=(1e-30, 1e-3), clip_threshold=1.0, decay_rate=-0.8, beta1=None,
                 weight_decay=0.0, scale_parameter=True, relative_step=False, warmup_init=False)
OPTIMIZERS = {
    "adamw": (torch.optim.AdamW,
              dict(lr=3e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)),
    "adafactor": (Adafactor, ADAFACTOR),
    "adafactor_min128": (AdafactorMin128, ADAFACTOR),
    "sgd": (torch.optim.SGD, dict(lr=1e-2, momentum=0.9)),
}
OPTIMIZER_NOTES = {
    "adamw": "one group: the weight decay is on every parameter, norms too",
    "adafactor": "transformers' Adafactor: every matrix factored",
    "adafactor_min128": "T5's own rule: only matrices with both dimensions >= 128 factored, here "
                        "none",
    "sgd": "no dampening, no Nesterov: v = 0.9 v + g, w -= lr v",
}


def hidden_states(model, batch):
    """The output of every block and of both final norms, next to the model's own outputs."""
    states, hooks = {}, []

    def keep(name):
        def hook(module, inputs, output):
            states[name] = output[0] if isinstance(output, tuple) else output
        return hook

    for side in ("encoder", "decoder"):
        stack = getattr(model, side)
        for i, block in enumerate(stack.block):
            hooks.append(block.register_forward_hook(keep(f"{side}.block.{i}.output")))
        norm = stack.final_layer_norm
        hooks.append(norm.register_forward_hook(keep(f"{side}_last_hidden_state")))
    output = model(**batch)
    for hook in hooks:
        hook.remove()
    return states, output


def expected_tensors(model, batch):
    """Inputs, outputs and the gradient of the loss for every parameter."""
    model.zero_grad()
    states, output = hidden_states(model, batch)
    output.loss.backward()
    tensors = {**batch, **states, "logits": output.logits, "loss": output.loss.reshape(1)}
    if model.config.model_type == "umt5":
        tensors["logits_transformers5"] = output.logits * model.config.d_model ** -0.5
    for name, parameter in model.named_parameters():
        tensors["grad." + name] = parameter.grad
    return tensors


def train(directory, batch, optimizer_class, settings, dtype=torch.float64):
    """Losses before each of STEPS steps and after the last, and every parameter's final norm."""
    model = oracle.load_model(directory, dtype)
    optimizer = optimizer_class(model.parameters(), **settings)
    losses = []
    for step in range(STEPS + 1):
        loss = model(**batch).loss
        losses.append(loss.item())
        if step < STEPS:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    norms = {name: parameter.norm().item() for name, parameter in model.named_parameters()}
    return losses, norms


def training_runs(directory, batch):
    runs = {}
    for name, (optimizer_class, settings) in OPTIMIZERS.items():
        losses, norms = train(directory, batch, optimizer_class, settings)
        in_float32, _ = train(directory, batch, optimizer_class, settings, torch.float32)
        gap = max(abs(a - b) for a, b in zip(losses, in_float32))
        assert losses[-1] < losses[0] and math.isfinite(losses[-1]), (directory, name, losses)
        runs[name] = {"settings": settings, "note": OPTIMIZER_NOTES[name], "losses": losses,
                      "float32_gap": float(f"{gap:.0e}"), "final_norms": norms}
    return runs


def prompts(variant, seed):
    """Endless random prompts; those of the toy task if the model was trained on it."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        if variant.train_steps:
            yield toy_task.example(generator)[0]
        else:
            length = int(torch.randint(2, 15, (1,), generator=generator))
            yield random_ids(length, variant.config.vocab_size, generator).tolist()


def greedy_runs(models, variant, count=8, tries=200):
    """Runs that are clear of ties, all different; half of them ended by eos where there are any."""
    runs = {True: [], False: []}  # ended by eos?
    seen = set()
    for _, prompt in zip(range(tries), prompts(variant, seed=5)):
        ids, output = oracle.generate(models[0], prompt, MAX_NEW_TOKENS)
        margin = oracle.greedy_margin(output)
        if margin < MIN_MARGIN or len(set(ids)) < 4 or tuple(ids) in seen:
            continue
        assert ids == oracle.generate(models[1], prompt, MAX_NEW_TOKENS)[0], prompt
        seen.add(tuple(ids))
        runs[ids[-1] == 1].append(
            {"input_ids": prompt, "output_ids": ids, "margin": round(margin, 4)})
        if min(len(found) for found in runs.values()) >= count // 2:
            break
    ended = runs[True][: max(count // 2, count - len(runs[False]))]
    return ended + runs[False][: count - len(ended)]


BEAM_OPTIONS = [
    dict(num_beams=4, length_penalty=0.6, early_stopping=True),
    dict(num_beams=3, length_penalty=1.0, early_stopping=False),
    dict(num_beams=2, length_penalty=2.0, early_stopping="never"),
]


def beam_runs(models, variant, count=6, tries=60):
    """Beam search; prompts on which float32 and float64 disagree are near a tie and left out."""
    runs = []
    for _, prompt in zip(range(tries), prompts(variant, seed=6)):
        options = BEAM_OPTIONS[len(runs) % len(BEAM_OPTIONS)]
        results = [oracle.generate(model, prompt, MAX_NEW_TOKENS, output_scores=True, **options)
                   for model in models]
        ids = results[0][0]
        if ids == results[1][0] and len(set(ids)) >= 4:
            runs.append({**options, "input_ids": prompt, "output_ids": ids,
                         "score": results[0][1].sequences_scores.item()})
        if len(runs) == count:
            break
    return runs


def description(model, variant):
    """What a reader of the fixture has to know about the model, in words."""
    scaled = model.config.model_type == "t5" and model.config.scale_decoder_outputs
    return {"versions": oracle.versions(),
            "head": "untied: own lm_head.weight" if variant.untied else "tied to shared.weight",
            "logits_scaled_by_d_model^-0.5": scaled, **variant.notes}


def make(name, variant, directory, seed):
    oracle.deterministic(seed)
    os.makedirs(directory, exist_ok=True)
    model = build_model(variant, seed)
    if variant.train_steps:
        loss = toy_task.train(model.double(), variant.train_steps, seed)
        variant.notes["trained"] = f"{variant.train_steps} steps of toy_task.py, loss {loss:.4f}"
    model.float().save_pretrained(directory)

    batch = build_batch(variant, seed)
    models = [oracle.load_model(directory, dtype) for dtype in (torch.float64, torch.float32)]
    oracle.save_tensors(expected_tensors(models[0], batch),
                        os.path.join(directory, "expected.safetensors"))
    oracle.save_json({**description(models[0], variant),
                      "max_new_tokens": MAX_NEW_TOKENS,
                      "greedy": greedy_runs(models, variant),
                      "beam": beam_runs(models, variant),
                      "training": training_runs(directory, batch)},
                     os.path.join(directory, "expected.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", nargs="*", help="default: all")
    parser.add_argument("--output", default=os.path.join(HERE, "..", "fixtures", "models"))
    args = parser.parse_args()
    for index, (name, variant) in enumerate(variants().items()):
        if not args.variant or name in args.variant:
            make(name, variant, os.path.join(args.output, name), seed=100 + index)
            print(f"wrote {name}", flush=True)


if __name__ == "__main__":
    main()
