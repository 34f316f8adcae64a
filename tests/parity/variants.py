"""The small models of tests/fixtures/models: their configs, weights and batches."""

from dataclasses import dataclass, field

import torch
from transformers import MT5Config, T5Config, UMT5Config

from oracle import MODEL_CLASSES


@dataclass
class Variant:
    """One architecture. `lengths`: (source, target) length of each row of its batch."""
    config: object
    lengths: list
    untied: bool = False
    train_steps: int = 0
    notes: dict = field(default_factory=dict)


def t5_config(cls=T5Config, **changes):
    settings = dict(vocab_size=64, d_model=16, d_kv=4, d_ff=32, num_layers=2,
                    num_decoder_layers=2, num_heads=4, decoder_start_token_id=0)
    return cls(**{**settings, **changes})


def variants():
    """Between them: tied and untied heads, num_heads * d_kv below, at and above d_model,
    encoders shallower and deeper than decoders, short and long sequences, three bucket layouts."""
    return {
        "t5": Variant(t5_config(), [(12, 9), (7, 4), (10, 9)], train_steps=1500),
        # 170 and 140 tokens reach the last bucket on both sides.
        "t5-v1_1": Variant(
            t5_config(vocab_size=80, d_model=20, d_kv=6, num_heads=3, d_ff=28, num_decoder_layers=3,
                      feed_forward_proj="gated-gelu", tie_word_embeddings=False),
            [(97, 140), (170, 61)], untied=True),
        "t5-gated-silu": Variant(
            t5_config(vocab_size=72, d_kv=8, num_heads=3, d_ff=24, feed_forward_proj="gated-silu",
                      relative_attention_num_buckets=8, relative_attention_max_distance=20),
            [(60, 30), (41, 22), (5, 3)]),
        "mt5": Variant(
            t5_config(MT5Config, vocab_size=96, d_kv=12, num_heads=2,
                      feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                      relative_attention_num_buckets=16, relative_attention_max_distance=64),
            [(80, 70), (33, 12)], untied=True),
        "byt5": Variant(
            t5_config(vocab_size=384, d_model=12, d_ff=20, num_layers=4, num_decoder_layers=1,
                      feed_forward_proj="gated-gelu", tie_word_embeddings=False),
            [(24, 11), (9, 15), (17, 2)], untied=True),
        "umt5": Variant(
            t5_config(UMT5Config, vocab_size=100, num_layers=3, feed_forward_proj="gated-gelu"),
            [(14, 8), (20, 11)], untied=True,
            notes={"head_scaling":
                   "config.json says tie_word_embeddings false, as the published UMT5 configs do: "
                   "logits = lm_head(h), without d_model^-0.5. So transformers 4 computes and so "
                   "the published checkpoints were trained. transformers 5.23 multiplies h by "
                   "d_model^-0.5 whatever the config says; its logits are in the tensor "
                   "logits_transformers5, everything else is without scaling."}),
    }


def weight_std(name, config):
    """Larger than T5's own initialisation, so that attention is peaked and no path is idle."""
    if "relative_attention_bias" in name or "shared" in name:
        return 1.0
    if ".q." in name:
        return 2.0 * (config.d_model * config.d_kv) ** -0.5
    if ".o." in name:
        return 1.5 * (config.num_heads * config.d_kv) ** -0.5
    if ".wo." in name:
        return 2.0 * config.d_ff ** -0.5
    return 1.2 * config.d_model ** -0.5  # k, v, wi, wi_0, wi_1, lm_head


@torch.no_grad()
def build_model(variant, seed):
    """A seeded model in float32. Norms are drawn from [0.5, 1.5]: a forgotten one shows."""
    config = variant.config
    model = MODEL_CLASSES[config.model_type](config)
    if variant.untied:  # transformers 5 ties every fresh T5, whatever the config says
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    if config.model_type == "umt5":
        model.config.tie_word_embeddings = False  # as published; transformers 5 forces true
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if "norm" in name:
            parameter.uniform_(0.5, 1.5, generator=generator)
        else:
            parameter.normal_(0.0, weight_std(name, config), generator=generator)
    return model.eval()


def random_ids(length, vocab_size, generator):
    """`length` ids that are neither pad nor eos, but for the last, which is eos."""
    ids = torch.randint(2, vocab_size, (length,), generator=generator)
    ids[-1] = 1
    return ids


def build_batch(variant, seed):
    """Right-padded: sources with 0 (and attention_mask 0), labels with -100."""
    generator = torch.Generator().manual_seed(seed)
    rows, longest = len(variant.lengths), [max(side) for side in zip(*variant.lengths)]
    input_ids = torch.zeros(rows, longest[0], dtype=torch.long)
    labels = torch.full((rows, longest[1]), -100)
    for row, (source, target) in enumerate(variant.lengths):
        input_ids[row, :source] = random_ids(source, variant.config.vocab_size, generator)
        labels[row, :target] = random_ids(target, variant.config.vocab_size, generator)
    return {"input_ids": input_ids, "attention_mask": (input_ids != 0).long(), "labels": labels}
