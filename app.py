"""What a Hugging Face Space runs, and `python app.py` anywhere: `python -m chatbot serve`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from chatbot.__main__ import main


def on_zero_gpu() -> None:
    """Nothing; ZeroGPU starts no Space without a function for its GPU, and Quoth reads on CPUs."""


if __name__ == "__main__":
    if os.environ.get("SPACES_ZERO_GPU"):
        import_module("spaces").GPU(on_zero_gpu)  # the platform brings this package
    sys.exit(main(["serve", *sys.argv[1:]]))
