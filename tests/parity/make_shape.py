"""Writes a model of a published shape with seeded random weights, peaked like the fixtures'.

    build/oracle/bin/python tests/parity/make_shape.py SHAPE OUTPUT      (t5-small, t5-v1_1-small, …)
"""

import argparse

import torch
from transformers import MT5Config, T5Config

from oracle import MODEL_CLASSES
from variants import weight_std

SMALL_V1_1 = dict(d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_decoder_layers=8, num_heads=6,
                  feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                  decoder_start_token_id=0)
SHAPES = {
    "t5-small": T5Config(vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6,
                         num_decoder_layers=6, num_heads=8, decoder_start_token_id=0),
    "t5-v1_1-small": T5Config(vocab_size=32128, **SMALL_V1_1),
    "mt5-small": MT5Config(vocab_size=250112, **SMALL_V1_1),
    "byt5-small": T5Config(vocab_size=384, **{**SMALL_V1_1, "d_model": 1472, "d_ff": 3584,
                                              "num_layers": 12, "num_decoder_layers": 4}),
}


@torch.no_grad()
def write(shape, directory):
    torch.manual_seed(0)
    config = SHAPES[shape]
    model = MODEL_CLASSES[config.model_type](config)
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.uniform_(0.5, 1.5)
        else:
            parameter.normal_(0, weight_std(name, config))
    model.save_pretrained(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("output")
    args = parser.parse_args()
    write(args.shape, args.output)


if __name__ == "__main__":
    main()
