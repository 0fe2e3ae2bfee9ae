"""Two processes arrive at the weights of one: the same steps, the work shared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

RUN = """
import sys
from pathlib import Path
from training import workers
workers.join()
sys.path.insert(0, sys.argv[2])
from test_trainer import CONFIG, weights_after
folder = Path(sys.argv[1])
weights = weights_after(folder, CONFIG, dropout=0.0)
if workers.rank() == 0:
    from safetensors.torch import save_file
    save_file(weights, folder / "weights.safetensors")
"""


def trained_by(folder: Path, n_processes: int) -> dict[str, torch.Tensor]:
    script = folder.parent / "run.py"
    script.write_text(RUN, encoding="utf-8")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*launcher, f"--nproc-per-node={n_processes}", script, folder, Path(__file__).parent]
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len((folder / "log.jsonl").read_text().splitlines()) == 4  # kept by one of them
    return load_file(folder / "weights.safetensors")


def test_two_processes_arrive_at_the_weights_of_one(tmp_path: Path) -> None:
    one, two = trained_by(tmp_path / "one", 1), trained_by(tmp_path / "two", 2)
    assert one.keys() == two.keys()
    for name, value in one.items():
        if value.ndim > 1:  # biases of keys and logits have no gradient but rounding
            torch.testing.assert_close(value, two[name], rtol=1e-3, atol=2e-4)
