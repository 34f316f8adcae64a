"""Writes tests/fixtures/generation: what transformers generates, and what its sampling filters keep.

    build/oracle/bin/python tests/parity/make_generation_fixtures.py

One file per model of tests/fixtures/models, with the combinations of options that
compare_generation.py draws; runs that float32 and float64 decide differently are left out.
"""

import os
import random

import torch
from transformers.generation import logits_process as filters

import oracle
from compare_generation import draw_options, prompts_for, reference

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "..", "fixtures", "models")
OUTPUT = os.path.join(HERE, "..", "fixtures", "generation")
COMBINATIONS = 40


def runs(directory):
    double, single = (oracle.load_model(directory, t) for t in (torch.float64, torch.float32))
    found = []
    for number in range(COMBINATIONS):
        rng = random.Random(7 * 100003 + number)
        options = draw_options(rng, double.config.vocab_size)
        for prompt in prompts_for(directory, double, 2, rng.randrange(1 << 30)):
            theirs = reference(double, prompt, options)
            rounded = reference(single, prompt, options)
            if [ids for ids, _ in theirs] != [ids for ids, _ in rounded]:
                continue
            found.append({"options": options, "input": list(prompt),
                          "outputs": [{"ids": ids, "score": score if score > -1e8 else None}
                                      for ids, score in theirs]})
    return found


def kept(warper, scores):
    result = warper(None, torch.tensor([scores]))[0]
    return [i for i, score in enumerate(result.tolist()) if score > float("-inf")]


def filter_cases():
    """The ids that each filter keeps, for two tokens to keep at least (beams) or one."""
    generator = torch.Generator().manual_seed(3)
    cases = []
    for spread in (0.3, 1.0, 4.0):
        scores = [round(x, 3) for x in (spread * torch.randn(24, generator=generator)).tolist()]
        for keep in (1, 2):
            for name, value, warper in (
                    [("top_k", k, filters.TopKLogitsWarper(k, min_tokens_to_keep=keep))
                     for k in (1, 5, 30)] +
                    [("top_p", p, filters.TopPLogitsWarper(p, min_tokens_to_keep=keep))
                     for p in (0.05, 0.5, 0.9, 0.99)] +
                    [("min_p", p, filters.MinPLogitsWarper(p, min_tokens_to_keep=keep))
                     for p in (0.01, 0.2, 0.9)] +
                    [("typical_p", p, filters.TypicalLogitsWarper(p, min_tokens_to_keep=keep))
                     for p in (0.05, 0.3, 0.9)]):
                cases.append({"option": name, "value": value, "keep": keep, "scores": scores,
                              "kept": kept(warper, scores)})
    return cases


def main():
    oracle.deterministic()
    os.makedirs(OUTPUT, exist_ok=True)
    for name in sorted(os.listdir(MODELS)):
        oracle.save_json({"versions": oracle.versions(), "runs": runs(os.path.join(MODELS, name))},
                         os.path.join(OUTPUT, name + ".json"))
    oracle.save_json({"versions": oracle.versions(), "cases": filter_cases()},
                     os.path.join(OUTPUT, "filters.json"))


if __name__ == "__main__":
    main()
