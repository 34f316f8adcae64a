"""Writes tests/fixtures/files/: small files of torch.save, as PyTorch itself writes them.

    build/oracle/bin/python tests/parity/make_file_fixtures.py

tensors.bin     what a state_dict can hold: shared storage, other strides, every precision, a
                Parameter, integers, a scalar, no elements, an offset
module.bin      a module's own state_dict(), which carries attributes
legacy.bin      the format before PyTorch 1.6
zip32.bin       tensors.bin packed again by Python's zipfile: no zip64 records
compressed.bin  the same, compressed
"""

import collections
import os
import zipfile

import torch

DIRECTORY = os.path.join(os.path.dirname(__file__), "..", "fixtures", "files")


def tensors():
    a = torch.arange(6.0).reshape(2, 3)
    return collections.OrderedDict(
        a=a,
        alias=a,
        transposed=a.t(),
        row=a[1],
        half=torch.tensor([0.1, -2.0], dtype=torch.float16),
        brain=torch.tensor([0.1, -2.0], dtype=torch.bfloat16),
        scalar=torch.tensor(3.25, dtype=torch.float64),
        parameter=torch.nn.Parameter(torch.tensor([1.0, 0.5])),
        integers=torch.tensor([7, -1]),
        empty=torch.zeros(0, 3))


def repack(source, target, compression):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), compression)


def main():
    os.makedirs(DIRECTORY, exist_ok=True)
    path = lambda name: os.path.join(DIRECTORY, name)
    torch.manual_seed(0)
    torch.save(tensors(), path("tensors.bin"))
    torch.save(torch.nn.Linear(2, 2).state_dict(), path("module.bin"))
    torch.save(tensors(), path("legacy.bin"), _use_new_zipfile_serialization=False)
    repack(path("tensors.bin"), path("zip32.bin"), zipfile.ZIP_STORED)
    repack(path("tensors.bin"), path("compressed.bin"), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
