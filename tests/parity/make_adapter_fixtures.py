"""Writes tests/fixtures/adapters: adapters of PEFT for tests/fixtures/models/t5, and what they do.

    build/oracle/bin/python tests/parity/make_adapter_fixtures.py

Beside each adapter's own files stands expected.safetensors: a batch, the logits, the loss, and the
gradient of every trained value under its name in adapter_model.safetensors, in float64 and then
rounded.
"""

import os

import torch
from peft import IA3Config, LoraConfig, PromptTuningConfig, get_peft_model

import oracle
from compare_adapters import shake

BASE = "tests/fixtures/models/t5"
CONFIGS = {
    "lora": LoraConfig(task_type="SEQ_2_SEQ_LM", r=3, lora_alpha=6,
                       target_modules=["q", "v", "wi"], modules_to_save=["final_layer_norm"]),
    "rslora": LoraConfig(task_type="SEQ_2_SEQ_LM", r=2, lora_alpha=4, use_rslora=True,
                         target_modules=r"decoder\..*\.(k|wo)"),
    "ia3": IA3Config(task_type="SEQ_2_SEQ_LM"),
    "prompt": PromptTuningConfig(task_type="SEQ_2_SEQ_LM", num_virtual_tokens=3),
}
INPUTS = [[5, 9, 2, 14, 3, 1], [7, 1]]
TARGETS = [[6, 11, 1], [4, 8, 12, 1]]


def padded(rows, filler):
    length = max(map(len, rows))
    return torch.tensor([row + [filler] * (length - len(row)) for row in rows])


def main():
    for kind, config in CONFIGS.items():
        oracle.deterministic()
        model = get_peft_model(oracle.load_model(BASE), config)
        shake(model, 1)
        directory = f"tests/fixtures/adapters/{kind}"
        model.float().save_pretrained(directory)
        model.double()
        inputs = padded(INPUTS, 0)
        batch = {"input_ids": inputs, "attention_mask": (inputs != 0).long(),
                 "labels": padded(TARGETS, -100)}
        output = model(**batch)
        output.loss.backward()
        expected = {"input_ids": inputs, "labels": batch["labels"],
                    "logits": output.logits.detach(), "loss": output.loss.detach().reshape(1)}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                name = name.replace("modules_to_save.", "").replace(".default", "")
                if name.startswith("prompt_encoder"):
                    name = "prompt_embeddings"
                expected["grad." + name] = parameter.grad
        oracle.save_tensors(expected, f"{directory}/expected.safetensors")
        readme = f"{directory}/README.md"  # a model card without content
        if os.path.exists(readme):
            os.remove(readme)


if __name__ == "__main__":
    main()
