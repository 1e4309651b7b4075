"""Every model of ``reference/`` computes what the same model in PyTorch does, with the same weights."""

from itertools import combinations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from exercises.deep_learning_architectures import utils
from reference import residual, vit
from reference.alexnet import AlexNet
from reference.attention import TransformerEncoder, student_attention
from reference.lstm import LSTMModel
from tests.support import torch_models
from tests.support.torch_models import (
    arrays_of,
    as_if_trained,
    assert_rounds_as_well,
    assert_same,
    in_dtype,
    tensor,
)


@pytest.fixture(autouse=True)
def evaluation(monkeypatch):
    monkeypatch.setattr(utils.Dropout, "training", False)


def numbers(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def check(model, oracle, x):
    """``model`` agrees with ``oracle(model)`` in float64 and in float32."""
    as_if_trained(model)
    exact = model.forward(x)
    with torch.no_grad():
        assert_same(exact, oracle(model)(tensor(x)))
        in_dtype(model, np.float32)
        x = x.astype(np.float32)
        assert_rounds_as_well(model.forward(x), oracle(model)(tensor(x)), exact)


def test_alexnet_is_pytorchs():
    check(AlexNet(num_classes=10), torch_models.AlexNet, numbers(2, 3, 224, 224))


BLOCKS = {  # in_channels, out_channels, stride; batch, height, width
    "nothing changes": ((4, 4, 1), (2, 6, 6)),
    "more channels": ((3, 5, 1), (2, 6, 6)),
    "fewer channels": ((5, 2, 1), (2, 6, 5)),
    "stride 2": ((4, 4, 2), (3, 8, 8)),
    "more channels, stride 2, odd sides": ((2, 6, 2), (2, 7, 9)),
    "one image": ((1, 3, 2), (1, 6, 6)),
}


@pytest.mark.parametrize("case", BLOCKS)
@pytest.mark.parametrize(
    "block",
    [
        residual.ResidualBlock,
        residual.ResidualBlockPlainShortcut,
        residual.ResidualBlockShortcutFirst,
        residual.ResidualBlockShortcutBetween,
    ],
)
def test_a_residual_block_is_pytorchs(block, case):
    arguments, (batch, height, width) = BLOCKS[case]
    check(block(*arguments), torch_models.ResidualBlock, numbers(batch, arguments[0], height, width))


@pytest.mark.parametrize(
    ("block", "order"),
    [
        (residual.ResidualBlock, ["bn1", "bn2", "shortcut_bn"]),
        (residual.ResidualBlockPlainShortcut, ["bn1", "bn2"]),
        (residual.ResidualBlockShortcutFirst, ["shortcut_bn", "bn1", "bn2"]),
        (residual.ResidualBlockShortcutBetween, ["bn1", "shortcut_bn", "bn2"]),
    ],
)
def test_the_accepted_residual_blocks_call_their_normalisations_in_different_orders(block, order, monkeypatch):
    called = []
    forward = utils.BatchNorm2d.forward
    monkeypatch.setattr(utils.BatchNorm2d, "forward", lambda layer, x: called.append(layer) or forward(layer, x))
    model = block(2, 3, stride=2)
    model.forward(numbers(1, 2, 4, 4))
    assert called == [getattr(model, name) for name in order]


@pytest.mark.parametrize("batch", [1, 4])
def test_simple_resnet_is_pytorchs(batch):
    check(residual.SimpleResNet(), torch_models.SimpleResNet, numbers(batch, 1, 28, 28))


@pytest.mark.parametrize(
    ("sizes", "batch", "steps"), [((1, 8, 2, 1), 5, 20), ((3, 4, 1, 2), 1, 6), ((2, 5, 3, 1), 2, 1)]
)
def test_the_lstm_model_is_pytorchs(sizes, batch, steps):
    check(LSTMModel(*sizes), torch_models.LSTMModel, 2 * numbers(batch, steps, sizes[0]))


CAUSAL = np.triu(np.ones((6, 6)), k=1)
PADDED = np.zeros((2, 6, 6))
PADDED[0, :, 4:] = 1


@pytest.mark.parametrize("mask", [None, CAUSAL, PADDED], ids=["no mask", "causal", "padded"])
@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_scaled_dot_product_attention_is_pytorchs(mask, scale):
    Q, K, V = scale * numbers(3, 2, 6, 4)
    attn_mask = None if mask is None else tensor(mask == 0)
    oracle = F.scaled_dot_product_attention(tensor(Q), tensor(K), tensor(V), attn_mask=attn_mask)
    output, weights = student_attention(Q, K, V, mask)
    assert_same(output, oracle)
    assert np.abs(weights.sum(axis=-1) - 1).max() < 1e-12
    assert_same(weights @ V, oracle)
    if mask is not None:
        assert weights[np.broadcast_to(mask == 1, weights.shape)].max() == 0
    Q, K, V = (array.astype(np.float32) for array in (Q, K, V))
    in_float32 = F.scaled_dot_product_attention(tensor(Q), tensor(K), tensor(V), attn_mask=attn_mask)
    assert_rounds_as_well(student_attention(Q, K, V, mask)[0], in_float32, output)


def test_attention_worked_by_hand():
    # Scores [2, 0] / sqrt(4) = [1, 0]: weights e / (e + 1) = 0.731 and 0.269, mixing 10 and 20.
    Q = np.array([[[2.0, 0.0, 0.0, 0.0]]])
    K = np.array([[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]])
    output, weights = student_attention(Q, K, np.array([[[10.0], [20.0]]]))
    assert np.abs(weights - [[[0.7310585786, 0.2689414214]]]).max() < 1e-9
    assert abs(output.item() - 12.689414214) < 1e-8


@pytest.mark.parametrize("mask", [None, CAUSAL, PADDED], ids=["no mask", "causal", "padded"])
def test_the_transformer_encoder_is_pytorchs(mask):
    ours = as_if_trained(TransformerEncoder(8, 2, 12))
    x = numbers(2, 6, 8)
    blocked = None
    if mask is not None:
        blocked = tensor((mask if mask.ndim == 2 else mask[:, None]) == 1)
    assert_same(ours.forward(x, mask), torch_models.TransformerEncoder(ours)(tensor(x), blocked))


ORDERS = [
    vit.PatchEmbedding,
    vit.PatchEmbeddingChannelColumnRow,
    vit.PatchEmbeddingRowColumnChannel,
    vit.PatchEmbeddingRowChannelColumn,
    vit.PatchEmbeddingColumnRowChannel,
    vit.PatchEmbeddingColumnChannelRow,
]
PATCHES = [(28, 7, 1, 10, 2), (12, 4, 3, 5, 1), (10, 2, 2, 6, 3), (8, 8, 3, 4, 2)]  # size, patch, C, d_model, B


def as_kernels(weight, order, channels, size):
    """(C * size * size, d_model), flattened in ``order``, as a convolution's (d_model, C, size, size)."""
    axes = [(channels, size, size)[axis] for axis in order]
    return tensor(weight).reshape(*axes, -1).permute(-1, *(order.index(axis) for axis in range(3)))


@pytest.mark.parametrize(("img_size", "patch_size", "channels", "d_model", "batch"), PATCHES)
@pytest.mark.parametrize("embedding", ORDERS)
def test_patch_embedding_is_a_convolution(embedding, img_size, patch_size, channels, d_model, batch):
    ours = as_if_trained(embedding(img_size, patch_size, channels, d_model))
    x = numbers(batch, channels, img_size, img_size)
    kernels = as_kernels(ours.proj.weight, embedding.order, channels, patch_size)
    grid = F.conv2d(tensor(x), kernels, tensor(ours.proj.bias), stride=patch_size)
    assert ours.n_patches == grid.shape[2] * grid.shape[3]
    assert_same(ours.forward(x), grid.flatten(2).transpose(1, 2))


@pytest.mark.parametrize(("img_size", "patch_size", "channels", "d_model", "batch"), PATCHES)
def test_patch_embedding_by_convolution_is_pytorchs(img_size, patch_size, channels, d_model, batch):
    ours = as_if_trained(vit.PatchEmbeddingConvolution(img_size, patch_size, channels, d_model))
    x = numbers(batch, channels, img_size, img_size)
    grid = torch_models.conv2d(ours.proj)(tensor(x))
    assert ours.n_patches == grid.shape[2] * grid.shape[3]
    assert_same(ours.forward(x), grid.flatten(2).transpose(1, 2))


def test_every_accepted_order_of_a_patchs_numbers_is_another_one():
    x = numbers(1, 3, 8, 8)
    outputs = []
    for embedding in ORDERS:
        ours = embedding(8, 4, 3, 5)
        ours.proj.weight = numbers(48, 5, seed=2)
        outputs.append(ours.forward(x))
    assert sorted(embedding.order for embedding in ORDERS) == sorted({each.order for each in ORDERS})
    assert all(np.abs(one - other).max() > 0.1 for one, other in combinations(outputs, 2))


@pytest.mark.parametrize(("channels", "heads", "layers", "batch"), [(3, 3, 2, 2), (1, 1, 1, 1)])
def test_the_vision_transformer_is_pytorchs(channels, heads, layers, batch):
    ours = vit.VisionTransformer(
        **{"img_size": 24, "patch_size": 8, "in_channels": channels, "num_classes": 5},
        **{"d_model": 12, "num_heads": heads, "num_layers": layers, "d_ff": 20},
    )
    check(ours, torch_models.VisionTransformer, numbers(batch, channels, 24, 24))


def test_dropout_is_where_the_architectures_have_it(monkeypatch):
    drops = []
    monkeypatch.setattr(utils.Dropout, "training", True)
    monkeypatch.setattr(utils, "keep_mask", lambda p, shape: drops.append((p, shape)) or np.ones(shape, bool))
    TransformerEncoder(8, 2, 12, dropout=0.25).forward(numbers(2, 6, 8))
    assert drops == [(0.25, (2, 6, 8))] * 2
    drops.clear()
    AlexNet(num_classes=3).forward(numbers(1, 3, 224, 224).astype(np.float32))
    assert drops == [(0.5, (1, 4096))] * 2


def parameters(model) -> int:
    """Trained numbers: positions are fixed here, and running averages are not trained."""
    fixed = {"pe", "running_mean", "running_var"}
    return sum(array.size for _, name, array in arrays_of(model) if name not in fixed)


def test_alexnet_has_62_million_parameters():
    # 60,965,224 are given for the original, whose layers 2, 4 and 5 see only half of the channels each.
    halves = 256 * 48 * 5**2 + 384 * 192 * 3**2 + 256 * 192 * 3**2
    assert parameters(AlexNet(num_classes=1000)) == 62_378_344 == 60_965_224 + halves


def test_vit_base_16_has_86_million_parameters():
    # 86,567,656 are those of ViT-Base/16 with layer normalisation and learned positions, which ours has not.
    positions = (14 * 14 + 1) * 768
    layer_norms = (2 * 12 + 1) * 2 * 768
    assert parameters(vit.VisionTransformer()) == 86_377_960 == 86_567_656 - positions - layer_norms
