"""What every script of this folder shares: the reference models, in double precision.

transformers computes the variance inside its norms in float32 whatever the model's precision.
`load_model` undoes that, so that a model in float64 is float64 throughout and the fixtures are
the exact values rounded once, not one float32 program's rounding errors.
"""

import json
import os
import platform

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    MT5ForConditionalGeneration,
    T5ForConditionalGeneration,
    UMT5ForConditionalGeneration,
)
from transformers.models.mt5.modeling_mt5 import MT5LayerNorm
from transformers.models.t5.modeling_t5 import T5LayerNorm
from transformers.models.umt5.modeling_umt5 import UMT5LayerNorm

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

MODEL_CLASSES = {
    "t5": T5ForConditionalGeneration,
    "mt5": MT5ForConditionalGeneration,
    "umt5": UMT5ForConditionalGeneration,
}


def rms_norm(self, x):
    """T5LayerNorm.forward without its detour through float32."""
    variance = x.pow(2).mean(-1, keepdim=True)
    return self.weight * (x * torch.rsqrt(variance + self.variance_epsilon))


for norm in (T5LayerNorm, MT5LayerNorm, UMT5LayerNorm):
    norm.forward = rms_norm


def deterministic(seed=0):
    """One thread and a fixed seed: the same machine then writes the same bytes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)


def load_model(directory, dtype=torch.float64):
    """The model in `directory`, in evaluation mode (no dropout), with plain attention."""
    with open(os.path.join(directory, "config.json")) as file:
        config = json.load(file)
    model_class = MODEL_CLASSES[config["model_type"]]
    model = model_class.from_pretrained(directory, dtype=dtype, attn_implementation="eager")
    if config["model_type"] == "umt5":
        # transformers 5 scales UMT5's decoder output by d_model^-0.5 always; transformers 4, and
        # the training of the published checkpoints, only when the config says tied.
        model.config.tie_word_embeddings = config.get("tie_word_embeddings", True)
    return model.eval()


@torch.no_grad()
def generate(model, prompt, max_new_tokens, **options):
    """Greedy unless `options` say otherwise. Ids after the start token, up to and with eos."""
    # No cache: with a decoder deeper than the encoder transformers 5.23 fails with one.
    output = model.generate(
        torch.tensor([prompt]), max_new_tokens=max_new_tokens, min_length=0, do_sample=False,
        use_cache=False, return_dict_in_generate=True, output_logits=True, **options)
    ids = output.sequences[0, 1:].tolist()
    eos = model.config.eos_token_id
    if eos in ids:
        ids = ids[: ids.index(eos) + 1]
    return ids, output


def greedy_margin(output):
    """The smallest lead of the winning logit over the second: how near a tie the run came."""
    leads = [row[0].topk(2).values for row in output.logits]
    return min(float(top[0] - top[1]) for top in leads)


def float32_tensors(tensors):
    """Contiguous copies that safetensors can write: float64 becomes float32, integers stay."""
    return {name: (value.detach().float() if value.is_floating_point() else value)
            .clone().contiguous() for name, value in tensors.items()}


def save_tensors(tensors, path):
    save_file(float32_tensors(tensors), path)


def save_json(value, path):
    """One key a line at the top, lists of numbers kept on one line each."""
    def lines(item, indent):
        pad = " " * indent
        if isinstance(item, dict) and item:
            body = (f'{pad} {json.dumps(k)}: {lines(v, indent + 1)}' for k, v in item.items())
            return "{\n" + ",\n".join(body) + "\n" + pad + "}"
        if isinstance(item, list) and item and isinstance(item[0], dict):
            return "[\n" + ",\n".join(f"{pad} {json.dumps(v)}" for v in item) + "\n" + pad + "]"
        return json.dumps(item)

    with open(path, "w") as file:
        file.write(lines(value, 0) + "\n")


def versions():
    return {"python": platform.python_version(), "torch": torch.__version__,
            "transformers": transformers.__version__}
