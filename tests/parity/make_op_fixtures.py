"""Writes tests/fixtures/ops/ops.safetensors: single operations, their values and gradients.

    build/oracle/bin/python tests/parity/make_op_fixtures.py [--output FILE]

Inputs and cotangents are random float32 numbers; everything is computed from them in float64
and rounded once. `dy` is the cotangent, `d<input>` the gradient of sum(dy * y).
"""

import argparse
import os

import torch
import torch.nn.functional as F
from transformers import activations, optimization
from transformers.models.t5.modeling_t5 import T5Attention, T5LayerNorm, eager_attention_forward

import oracle
from make_fixtures import AdafactorMin128

HERE = os.path.dirname(os.path.abspath(__file__))
Z_LOSS = 1e-2  # larger than T5's 1e-4, so that forgetting it shows
SMOOTHING = 0.1


def exact(x):
    """Rounded to float32, held in float64: what is computed from is what is stored."""
    return x.float().double()


def random(*shape, scale=1.0):
    return exact(torch.randn(*shape) * scale)


def with_gradients(prefix, function, inputs, **constants):
    """The inputs, y = function(inputs), a random dy, and the gradient of every input."""
    inputs = {name: value.detach().requires_grad_() for name, value in inputs.items()}
    y = function(**inputs, **constants)
    dy = random(*y.shape)
    gradients = torch.autograd.grad(y, list(inputs.values()), dy)
    tensors = {**inputs, **constants, "y": y, "dy": dy,
               **{"d" + name: grad for name, grad in zip(inputs, gradients)}}
    return {f"{prefix}.{name}": value for name, value in tensors.items()
            if isinstance(value, torch.Tensor)}


def z_loss(logits, labels):
    """Mean of log(Z)^2 over the labels that count, times Z_LOSS."""
    log_z = torch.logsumexp(logits, -1)[labels != -100]
    return Z_LOSS * (log_z ** 2).mean()


def cross_entropy_tensors():
    """Mean over labels != -100. `large`: logits in the hundreds, where a naive exp overflows."""
    labels = torch.tensor([[3, 0, 10, -100, 7], [-100, 1, 5, -100, -100]])
    logits = random(2, 5, 11, scale=3.0)

    def loss(logits, labels, smoothing=0.0, z=False):
        value = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100,
                                label_smoothing=smoothing)
        return (value + z_loss(logits, labels) if z else value).reshape(1)

    cases = {"plain": {}, "smoothed": dict(smoothing=SMOOTHING), "z_loss": dict(z=True),
             "smoothed_z_loss": dict(smoothing=SMOOTHING, z=True)}
    tensors = {}
    for name, options in cases.items():
        tensors |= with_gradients(
            f"cross_entropy.{name}",
            lambda logits, labels: loss(logits, labels, **options),
            {"logits": logits}, labels=labels)
    large = {"logits": exact(200 * logits)}
    return tensors | with_gradients("cross_entropy.large", loss, large, labels=labels)


def rms_norm_tensors():
    """The last row is tiny, so that epsilon (1e-6) decides it."""
    x = random(2, 3, 16)
    x[1, 2] *= 2.0 ** -10
    norm = T5LayerNorm(16, eps=1e-6).double()

    def apply(x, weight):
        return torch.func.functional_call(norm, {"weight": weight}, x)

    return with_gradients("rms_norm", apply, {"x": x, "weight": exact(1 + 0.5 * random(16))})


def activation_tensors():
    ends = torch.tensor([-100.0, -20.0, 20.0, 100.0])
    x = torch.cat([torch.linspace(-6, 6, 97), ends]).double()
    gelu_new, silu = activations.ACT2FN["gelu_new"], activations.ACT2FN["silu"]
    gated = {"gate": random(3, 10, scale=2.0), "linear": random(3, 10, scale=2.0)}
    return {**with_gradients("gelu_new", lambda x: gelu_new(x), {"x": x}),
            **with_gradients("silu", lambda x: silu(x), {"x": x}),
            **with_gradients("gated_gelu", lambda gate, linear: gelu_new(gate) * linear, gated)}


def attention(q, k, v, bias, allowed):
    """transformers' attention; `allowed` (1 or 0) becomes its additive, finite mask."""
    mask = (1.0 - allowed.double()) * torch.finfo(torch.float64).min
    y, _ = eager_attention_forward(torch.nn.Module().eval(), q, k, v, mask, scaling=1.0,
                                   position_bias=bias)
    return y


def attention_tensors():
    """y is (B, T, H, D). In `empty_row` the second row may look at no key: every key then gets
    the same weight, because the finite mask swallows the scores."""
    padding = torch.ones(2, 1, 1, 7, dtype=torch.long)
    padding[1, :, :, 4:] = 0
    empty = padding.clone()
    empty[1] = 0
    cases = {"padded": (5, 7, padding), "empty_row": (5, 7, empty),
             "causal": (6, 6, torch.ones(6, 6, dtype=torch.long).tril()[None, None])}
    tensors = {}
    for name, (queries, keys, allowed) in cases.items():
        inputs = {"q": random(2, 3, queries, 4), "k": random(2, 3, keys, 4),
                  "v": random(2, 3, keys, 4), "bias": random(1, 3, queries, keys)}
        tensors |= with_gradients(f"attention.{name}", attention, inputs, allowed=allowed)
    return tensors


def bucket_tensors():
    """bucket of key position - query position = -300 ... 300."""
    distances = torch.arange(-300, 301)
    tensors = {"buckets.distances": distances}
    for bidirectional in (True, False):
        for count, farthest in ((32, 128), (16, 64), (8, 20)):
            name = f"{'bidirectional' if bidirectional else 'causal'}.{count}.{farthest}"
            tensors["buckets." + name] = T5Attention._relative_position_bucket(
                distances, bidirectional, count, farthest)
    return tensors


def schedule_tensors():
    """The factor on the learning rate at steps 0 ... 99; warm-up 10, total 100."""
    schedules = {
        "constant": (optimization.get_constant_schedule, {}),
        "constant_with_warmup": (optimization.get_constant_schedule_with_warmup, dict(
            num_warmup_steps=10)),
        "linear": (optimization.get_linear_schedule_with_warmup, dict(
            num_warmup_steps=10, num_training_steps=100)),
        "cosine": (optimization.get_cosine_schedule_with_warmup, dict(
            num_warmup_steps=10, num_training_steps=100)),
        "inverse_sqrt": (optimization.get_inverse_sqrt_schedule, dict(num_warmup_steps=10)),
    }
    tensors = {}
    for name, (make, options) in schedules.items():
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule, factors = make(optimizer, **options), []
        for _ in range(100):
            factors.append(schedule.get_last_lr()[0])
            optimizer.step()
            schedule.step()
        tensors["schedule." + name] = torch.tensor(factors, dtype=torch.float64)
    return tensors


FIXED = dict(lr=0.02, relative_step=False)
OPTIMIZERS = {
    "adamw": (torch.optim.AdamW, dict(lr=0.02, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.1)),
    "sgd": (torch.optim.SGD, dict(lr=0.02, momentum=0.9)),
    "adafactor": (optimization.Adafactor, dict(**FIXED)),
    "adafactor_unscaled": (optimization.Adafactor, dict(**FIXED, scale_parameter=False)),
    "adafactor_momentum": (optimization.Adafactor, dict(**FIXED, beta1=0.9, weight_decay=0.1)),
    "adafactor_relative": (optimization.Adafactor, dict(lr=None)),
    "adafactor_warmup": (optimization.Adafactor, dict(lr=None, warmup_init=True)),
    "adafactor_min128": (AdafactorMin128, dict(**FIXED)),
}


def optimizer_tensors(steps=4):
    """Three parameters after `steps` steps with given gradients. The gradient of `large` at
    step t (from 0) is optimizer.gradient.large moved t columns to the right, cyclically."""
    start = {"vector": random(5), "matrix": random(4, 6), "large": random(128, 130, scale=0.5)}
    gradients = {"vector": random(steps, 5), "matrix": random(steps, 4, 6, scale=3.0)}
    large = exact(random(128, 130) * random(128, 1) * random(1, 130))
    tensors = {f"optimizer.start.{name}": value for name, value in start.items()}
    tensors |= {f"optimizer.gradient.{name}": value for name, value in gradients.items()}
    tensors["optimizer.gradient.large"] = large
    for name, (optimizer_class, settings) in OPTIMIZERS.items():
        # Only Adafactor's factoring rule can tell a large matrix from a small one.
        names = ["vector", "matrix"] + ["large"] * (name in ("adafactor", "adafactor_min128"))
        parameters = {key: torch.nn.Parameter(start[key].clone()) for key in names}
        optimizer = optimizer_class(parameters.values(), **settings)
        for step in range(steps):
            for key, parameter in parameters.items():
                parameter.grad = (torch.roll(large, step, dims=1) if key == "large"
                                  else gradients[key][step].clone())
            optimizer.step()
        for key, parameter in parameters.items():
            # The first rows tell enough, and keep the file small.
            tensors[f"optimizer.{name}.{key}"] = parameter.detach()[:8]
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output",
                        default=os.path.join(HERE, "..", "fixtures", "ops", "ops.safetensors"))
    args = parser.parse_args()
    oracle.deterministic(seed=7)
    os.makedirs(os.path.dirname(args.output), exist_ok=True)
    tensors = {}
    for group in (cross_entropy_tensors, rms_norm_tensors, activation_tensors, attention_tensors,
                  bucket_tensors, schedule_tensors, optimizer_tensors):
        tensors |= group()
    oracle.save_tensors(tensors, args.output)
    print(f"wrote {len(tensors)} tensors")


if __name__ == "__main__":
    main()
