"""Writes tests/fixtures/heads: tiny models with the three task heads of transformers, the logits,
the loss and every gradient on a small batch.

    build/oracle/bin/python tests/parity/make_head_fixtures.py [--output DIR]
"""

import argparse
import os

import torch
from transformers import (
    T5Config,
    T5ForQuestionAnswering,
    T5ForSequenceClassification,
    T5ForTokenClassification,
)

import oracle
from variants import random_ids, weight_std

HERE = os.path.dirname(os.path.abspath(__file__))


def config(**changes):
    return T5Config(**{**dict(vocab_size=48, d_model=12, d_kv=4, d_ff=20, num_layers=2,
                              num_decoder_layers=2, num_heads=3, decoder_start_token_id=0),
                       **changes})


def labels_of(*names):
    return dict(id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


HEADS = {
    "sequence-classification": (T5ForSequenceClassification,
                                config(**labels_of("bad", "fair", "good")), [9, 4, 7]),
    "token-classification": (T5ForTokenClassification,
                             config(feed_forward_proj="gated-gelu",
                                    **labels_of("O", "NAME", "PLACE", "TIME")), [9, 4, 7]),
    # transformers lets padding take part in the softmax over positions: rows of one length.
    "question-answering": (T5ForQuestionAnswering, config(num_labels=2), [8, 8, 8]),
}


@torch.no_grad()
def build(model_class, model_config, seed):
    model = model_class(model_config)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if "norm" in name:
            parameter.uniform_(0.5, 1.5, generator=generator)
        else:
            deviation = 0.5 if name.startswith(("class", "qa_")) else weight_std(name, model_config)
            parameter.normal_(0.0, deviation, generator=generator)
    return model.eval()


def batch_of(name, model_config, lengths, seed):
    generator = torch.Generator().manual_seed(seed)
    input_ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, length in enumerate(lengths):
        input_ids[row, :length] = random_ids(length, model_config.vocab_size, generator)
    batch = {"input_ids": input_ids, "attention_mask": (input_ids != 0).long()}
    count = model_config.num_labels
    if name == "sequence-classification":
        batch["labels"] = torch.tensor([2, 0, 1])
    elif name == "token-classification":
        labels = torch.randint(0, count, input_ids.shape, generator=generator)
        batch["labels"] = labels.masked_fill(input_ids <= 1, -100)
    else:
        batch |= {"start_positions": torch.tensor([2, 0, 5]),
                  "end_positions": torch.tensor([4, 0, 7])}
    return batch


def make(name, directory, seed):
    model_class, model_config, lengths = HEADS[name]
    oracle.deterministic(seed)
    os.makedirs(directory, exist_ok=True)
    build(model_class, model_config, seed).save_pretrained(directory)
    model = model_class.from_pretrained(directory, dtype=torch.float64,
                                        attn_implementation="eager").eval()
    batch = batch_of(name, model_config, lengths, seed)
    output = model(**batch)
    output.loss.backward()
    logits = {key: output[key] for key in ("logits", "start_logits", "end_logits") if key in output}
    gradients = {"grad." + key: value.grad for key, value in model.named_parameters()
                 if value.grad is not None}
    oracle.save_tensors({**batch, **logits, "loss": output.loss.reshape(1), **gradients},
                        os.path.join(directory, "expected.safetensors"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=os.path.join(HERE, "..", "fixtures", "heads"))
    args = parser.parse_args()
    for seed, name in enumerate(HEADS):
        make(name, os.path.join(args.output, name), seed=300 + seed)
        print(f"wrote {name}", flush=True)


if __name__ == "__main__":
    main()
