"""Forward passes of the reference models next to PyTorch's: one thread, float32, the same weights.

Prints the median wall time of each model in both, and their ratio. The two take turns, so that whatever else
the machine does hits both alike. Run with ``make bench``, or alone: ``python benchmarks/forward_passes.py``.

Both sides get the same vector instructions. Some machines hold NumPy's OpenBLAS to AVX2 by an environment
variable that PyTorch does not read; PyTorch is then held to AVX2 as well. The first line printed tells.
"""

import os

# All of this is read when the libraries are imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if os.environ.get("OPENBLAS_CORETYPE", "").lower() in {"haswell", "zen"}:
    os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX2"
    os.environ["MKL_ENABLE_INSTRUCTIONS"] = "AVX2"
    os.environ["ATEN_CPU_CAPABILITY"] = "avx2"

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))  # the models in PyTorch lie with the tests

from exercises.deep_learning_architectures import utils
from reference.alexnet import AlexNet
from reference.lstm import LSTMModel
from reference.residual import SimpleResNet
from reference.vit import VisionTransformer
from tests.support import torch_models

GOAL = 1.2  # times PyTorch's median
SHORTEST_ROUND_SECONDS = 0.02  # a faster model is called several times a round, for the clock's sake


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One model in both libraries, and what it is fed."""

    name: str
    ours: Any
    theirs: torch.nn.Module
    x: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Median milliseconds of one forward pass, and how far the outputs differ, relative to the largest."""

    name: str
    numpy_ms: float
    torch_ms: float
    difference: float

    @property
    def ratio(self) -> float:
        return self.numpy_ms / self.torch_ms


def contests() -> list[Callable[[], Contest]]:
    """Made one at a time: all of them together would not be kind to a small machine's memory."""
    rng = np.random.default_rng(0)

    def contest(name: str, ours: Any, theirs: type, *shape: int) -> Callable[[], Contest]:
        def make() -> Contest:
            model = ours()
            x = rng.standard_normal(shape, dtype=np.float32)
            return Contest(name=name, ours=model, theirs=theirs(model), x=x)

        return make

    def demo_vit() -> VisionTransformer:
        return VisionTransformer(224, 16, 3, num_classes=10, d_model=192, num_heads=3, num_layers=6, d_ff=768)

    return [
        contest("AlexNet, batch 1", AlexNet, torch_models.AlexNet, 1, 3, 224, 224),
        contest("SimpleResNet, batch 4", SimpleResNet, torch_models.SimpleResNet, 4, 1, 28, 28),
        contest("LSTM 1-32x2, batch 5, 50 steps", lambda: LSTMModel(1, 32, 2, 1), torch_models.LSTMModel, 5, 50, 1),
        contest(
            "LSTM 16-128x2, batch 32, 100 steps",
            lambda: LSTMModel(16, 128, 2, 1),
            torch_models.LSTMModel,
            *(32, 100, 16),
        ),
        contest("ViT 192x6, batch 2", demo_vit, torch_models.VisionTransformer, 2, 3, 224, 224),
    ]


def run(contest: Contest, runs: int) -> Outcome:
    """Let the two take turns."""
    x = torch.from_numpy(contest.x)

    def ours() -> Any:
        return contest.ours.forward(contest.x)

    def theirs() -> Any:
        return contest.theirs(x)

    expected = theirs().numpy()
    difference = float(np.abs(ours() - expected).max() / np.abs(expected).max())
    calls = max(1, round(SHORTEST_ROUND_SECONDS / seconds(ours, 1)))
    ours_seconds, theirs_seconds = [], []
    for _ in range(runs):
        ours_seconds.append(seconds(ours, calls))
        theirs_seconds.append(seconds(theirs, calls))
    return Outcome(
        name=contest.name,
        numpy_ms=1e3 * statistics.median(ours_seconds),
        torch_ms=1e3 * statistics.median(theirs_seconds),
        difference=difference,
    )


def seconds(call: Callable[[], Any], calls: int) -> float:
    """Wall time of one of ``calls`` calls."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, help="rounds of each model (default 15)")
    runs = parser.parse_args().runs
    torch.set_num_threads(1)
    utils.Dropout.training = False
    instructions = os.environ.get("ONEDNN_MAX_CPU_ISA", "all that the processor has")
    print(f"NumPy {np.__version__} and PyTorch {torch.__version__}, one thread, instructions: {instructions}")
    print(f"medians of {runs} rounds")
    print(f"{'model':36} {'NumPy ms':>9} {'PyTorch ms':>11} {'ratio':>6} {'difference':>11}")
    with torch.no_grad():
        for make in contests():
            outcome = run(make(), runs)
            print(
                f"{outcome.name:36} {outcome.numpy_ms:9.2f} {outcome.torch_ms:11.2f} {outcome.ratio:6.2f} "
                f"{outcome.difference:11.0e}{'' if outcome.ratio <= GOAL else f'  over the goal of {GOAL}'}"
            )


if __name__ == "__main__":
    main()
