"""A task that a tiny T5 learns in a minute: copy or reverse a few letters.

Input: COPY or REVERSE, 2 to 7 letters, eos. Target: the letters in that order, eos.
It gives one model whose generations mean something and end by themselves.
"""

import torch

COPY, REVERSE = 2, 3
LETTERS = range(4, 16)
EOS = 1


def example(generator):
    """(input ids, target ids)"""
    task, length = (int(torch.randint(low, high, (1,), generator=generator))
                    for low, high in ((COPY, REVERSE + 1), (2, 8)))
    letters = torch.randint(LETTERS.start, LETTERS.stop, (length,), generator=generator).tolist()
    target = letters if task == COPY else letters[::-1]
    return [task, *letters, EOS], [*target, EOS]


def batch(size, generator):
    rows = [example(generator) for _ in range(size)]
    longest = max(len(source) for source, _ in rows)
    sources = torch.tensor([source + [0] * (longest - len(source)) for source, _ in rows])
    labels = torch.tensor([target + [-100] * (longest - len(target)) for _, target in rows])
    return {"input_ids": sources, "attention_mask": (sources != 0).long(), "labels": labels}


def train(model, steps, seed):
    """In place, in the model's own precision. Dropout stays off: the model is tiny."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps)
    for _ in range(steps):
        loss = model(**batch(64, generator)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return loss.item()
