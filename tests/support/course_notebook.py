"""The cells of the shipped assignment's notebook, right answers for them, and a kernel that runs them."""

import ast
from pathlib import Path

import nbclient
import nbformat

from tests.support.paths import DATA
from tests.support.patience import PATIENCE

ANSWERS = DATA / "right_submission.py"
EXERCISES = ("alexnet", "residual_block", "lstm_model", "attention", "patch_embedding")
# every code cell in order: our name for it, and the line by which it is known
CODE_CELLS = {
    "imports": "from utils import (",
    "alexnet": "class AlexNet:",
    "alexnet test": "res = test_alexnet_architecture(AlexNet)",
    "residual_block": "class ResidualBlock:",
    "residual_block test": "res = test_resnet_skip_connection(ResidualBlock)",
    "residual_block demo": "class SimpleResNet:",
    "lstm_model": "class LSTMModel:",
    "lstm_model test": "res = test_lstm_forward(LSTMModel)",
    "lstm_model demo": "# Demo: predicting a time series",
    "attention": "def student_attention(Q, K, V, mask=None):",
    "attention test": "res = test_transformer_attention(student_attention)",
    "attention demo": "    mixed, weights = student_attention(tokens, tokens, tokens)",
    "encoder demo": "class TransformerEncoder:",
    "positions demo": "positions = PositionalEncoding(d_model=64, max_len=100)",
    "patch_embedding": "class PatchEmbedding:",
    "patch_embedding test": "res = test_vit_patch_embedding(PatchEmbedding)",
    "patch_embedding demo": "class VisionTransformer:",
}
TEST_TITLES = {
    "alexnet test": "Exercise 1 – AlexNet Architecture",
    "residual_block test": "Exercise 2 – ResNet Skip Connection",
    "lstm_model test": "Exercise 3 – LSTM Forward Pass",
    "attention test": "Exercise 4 – Scaled Dot-Product Attention",
    "patch_embedding test": "Exercise 5 – ViT Patch Embedding",
}
DEMOS_OF_EXERCISES = {
    "residual_block demo": "exercise 2",
    "lstm_model demo": "exercise 3",
    "attention demo": "exercise 4",
    "patch_embedding demo": "exercise 5",
}


def right_answers() -> dict[str, str]:
    """The source of each answer: the definitions in ``ANSWERS`` come in the order of the exercises."""
    source = ANSWERS.read_text(encoding="utf-8")
    definitions = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    segments = [ast.get_source_segment(source, node) or "" for node in definitions]
    return dict(zip(EXERCISES, segments, strict=True))


def run_document(document: nbformat.NotebookNode, folder: Path) -> dict[str, str]:
    client = nbclient.NotebookClient(
        document, timeout=int(PATIENCE), kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    executed = client.execute()
    cells = [cell.outputs for cell in executed.cells if cell.cell_type == "code"]
    printed = [[output for output in cell if output.output_type == "stream"] for cell in cells]
    assert all(output.name == "stdout" for cell in printed for output in cell), "something was written to stderr"
    return dict(zip(CODE_CELLS, ("".join(output.text for output in cell) for cell in printed), strict=True))
