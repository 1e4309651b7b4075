"""The course's layers and models a second time, in PyTorch, with our weights poured into them.

They are the oracle of the tests and the other side of the benchmark. Each function or class takes one of our
layers or models and gives a module of the same weights and the same dtype. Dropout is left out, and batch
normalisation uses the batch's statistics, as ours does when it is graded.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import DTypeLike, NDArray
from torch import Tensor, nn

from exercises.deep_learning_architectures import utils
from reference import alexnet, attention, lstm, residual, vit

torch.set_num_threads(1)


def arrays_of(ours: Any) -> Iterator[tuple[Any, str, NDArray[Any]]]:
    """Every array that a layer or model holds, also deep inside, with its owner and its name."""
    for name, value in list(vars(ours).items()):
        if isinstance(value, np.ndarray):
            yield ours, name, value
        for part in value if isinstance(value, list) else [value]:
            if hasattr(part, "forward"):
                yield from arrays_of(part)


def as_if_trained(ours: Any) -> Any:
    """The same layer or model in float64, with a spread in the biases of zero and the scales of one.

    A forgotten bias would not be seen otherwise.
    """
    rng = np.random.default_rng(3)
    for owner, name, value in arrays_of(ours):
        spread = rng.uniform(-0.5, 0.5, value.shape) if value.min() == value.max() else 0.0
        setattr(owner, name, value.astype(np.float64) + spread)
    return ours


def in_dtype(ours: Any, dtype: DTypeLike) -> Any:
    """The same layer or model with its numbers in another dtype."""
    for owner, name, value in arrays_of(ours):
        setattr(owner, name, value.astype(dtype))
    return ours


def assert_same(ours: NDArray[Any], theirs: Tensor) -> None:
    """Both are float64 and computed the same: 1e-10 leaves five digits for sums taken in another order."""
    assert ours.dtype == np.float64
    assert ours.shape == theirs.shape
    expected = theirs.detach().numpy()
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(ours - expected).max() <= 1e-10 * scale


def assert_rounds_as_well(ours: NDArray[Any], theirs: Tensor, exact: NDArray[Any]) -> None:
    """In float32 we may be off by eight times what PyTorch is off by.

    PyTorch's own distance from the float64 result tells how far rounding carries through this computation;
    where it is lucky, four roundings of the largest number stand in. Over many weights the largest distance
    that was seen is four times as far.
    """
    assert ours.dtype == np.float32
    scale = np.abs(exact).max()
    rounding = max(np.abs(theirs.detach().numpy() - exact).max(), 4 * 2.0**-24 * scale)
    assert rounding <= 1e-4 * scale, "PyTorch computes something else: the comparison would mean nothing"
    assert np.abs(ours - exact).max() <= 8 * rounding


def tensor(array: NDArray[Any]) -> Tensor:
    """A copy, so that neither side can change the other's numbers."""
    return torch.from_numpy(np.array(array))


def conv2d(ours: utils.Conv2d) -> nn.Conv2d:
    module = nn.Conv2d(
        ours.in_channels, ours.out_channels, ours.kernel_size, stride=ours.stride, padding=ours.padding
    )
    module.weight = nn.Parameter(tensor(ours.weight))
    module.bias = nn.Parameter(tensor(ours.bias))
    return module


def linear(ours: utils.Linear) -> nn.Linear:
    module = nn.Linear(ours.in_features, ours.out_features, device="meta")  # no time for values never used
    module.weight = nn.Parameter(tensor(ours.weight).T.contiguous())
    module.bias = nn.Parameter(tensor(ours.bias))
    return module


def batch_norm(ours: utils.BatchNorm2d) -> nn.BatchNorm2d:
    module = nn.BatchNorm2d(ours.num_features, eps=ours.eps, momentum=ours.momentum)
    module.weight = nn.Parameter(tensor(ours.gamma))
    module.bias = nn.Parameter(tensor(ours.beta))
    module.running_mean = tensor(ours.running_mean)
    module.running_var = tensor(ours.running_var)
    return module.train()


def lstm_stack(ours: utils.LSTM) -> nn.LSTM:
    module = nn.LSTM(ours.input_size, ours.hidden_size, ours.num_layers, batch_first=True)
    for layer, cell in enumerate(ours.cells):
        set_parameter(module, f"weight_ih_l{layer}", torch_gates(cell.W_x).T)
        set_parameter(module, f"weight_hh_l{layer}", torch_gates(cell.W_h).T)
        set_parameter(module, f"bias_ih_l{layer}", torch_gates(cell.bias))
        set_parameter(module, f"bias_hh_l{layer}", np.zeros_like(cell.bias))
    module.flatten_parameters()
    return module


def torch_gates(ours: NDArray[Any]) -> NDArray[Any]:
    """Our gates lie side by side as f, i, g, o; PyTorch's as i, f, g, o."""
    f, i, g, o = np.split(ours, 4, axis=-1)
    return np.concatenate([i, f, g, o], axis=-1)


def set_parameter(module: nn.Module, name: str, array: NDArray[Any]) -> None:
    setattr(module, name, nn.Parameter(tensor(np.ascontiguousarray(array))))


class MultiHeadAttention(nn.Module):
    """Vaswani et al. 2017, section 3.2.2; the mask is True where looking is not allowed."""

    def __init__(self, ours: utils.MultiHeadAttention) -> None:
        super().__init__()
        self.heads = ours.num_heads
        self.q, self.k, self.v, self.o = (linear(each) for each in (ours.W_q, ours.W_k, ours.W_v, ours.W_o))

    def forward(self, Q: Tensor, K: Tensor, V: Tensor, blocked: Tensor | None = None) -> Tensor:
        q, k, v = (
            projection(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, T, d_head)
            for projection, x in ((self.q, Q), (self.k, K), (self.v, V))
        )
        allowed = None if blocked is None else ~blocked
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        projected: Tensor = self.o(mixed.transpose(1, 2).flatten(2))
        return projected


class AlexNet(nn.Module):
    def __init__(self, ours: alexnet.AlexNet) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv2d(ours.conv1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            conv2d(ours.conv2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            conv2d(ours.conv3),
            nn.ReLU(inplace=True),
            conv2d(ours.conv4),
            nn.ReLU(inplace=True),
            conv2d(ours.conv5),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            linear(ours.fc1),
            nn.ReLU(inplace=True),
            linear(ours.fc2),
            nn.ReLU(inplace=True),
            linear(ours.fc3),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(x))
        return logits


class ResidualBlock(nn.Module):
    def __init__(self, ours: residual.ResidualBlock) -> None:
        super().__init__()
        self.main = nn.Sequential(
            conv2d(ours.conv1),
            batch_norm(ours.bn1),
            nn.ReLU(inplace=True),
            conv2d(ours.conv2),
            batch_norm(ours.bn2),
        )
        self.shortcut = nn.Sequential()
        if ours.changes_shape:
            self.shortcut.append(conv2d(ours.shortcut_conv))
            if not isinstance(ours, residual.ResidualBlockPlainShortcut):
                self.shortcut.append(batch_norm(ours.shortcut_bn))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.main(x) + self.shortcut(x))


class SimpleResNet(nn.Module):
    def __init__(self, ours: residual.SimpleResNet) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv2d(ours.conv1),
            batch_norm(ours.bn1),
            nn.ReLU(inplace=True),
            ResidualBlock(ours.layer1),
            ResidualBlock(ours.layer2),
            ResidualBlock(ours.layer3),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            linear(ours.fc),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


class LSTMModel(nn.Module):
    def __init__(self, ours: lstm.LSTMModel) -> None:
        super().__init__()
        self.lstm = lstm_stack(ours.lstm)
        self.fc = linear(ours.fc)

    def forward(self, x: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)
        prediction: Tensor = self.fc(h_n[-1])
        return prediction


class TransformerEncoder(nn.Module):
    def __init__(self, ours: attention.TransformerEncoder) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(ours.attention)
        self.feed_forward = nn.Sequential(linear(ours.ffn_1), nn.ReLU(inplace=True), linear(ours.ffn_2))

    def forward(self, x: Tensor, blocked: Tensor | None = None) -> Tensor:
        x = x + self.attention(x, x, x, blocked)
        with_feed_forward: Tensor = x + self.feed_forward(x)
        return with_feed_forward


class VisionTransformer(nn.Module):
    """The patch embedding is a convolution here: the matrix's rows are a kernel's numbers, channel first."""

    def __init__(self, ours: vit.VisionTransformer) -> None:
        super().__init__()
        size = ours.patch_embed.patch_size
        weight = ours.patch_embed.proj.weight  # (C * size * size, d_model)
        channels = weight.shape[0] // size**2
        self.patches = nn.Conv2d(channels, weight.shape[1], size, stride=size)
        self.patches.weight = nn.Parameter(tensor(np.ascontiguousarray(weight.T).reshape(-1, channels, size, size)))
        self.patches.bias = nn.Parameter(tensor(ours.patch_embed.proj.bias))
        self.cls_token = nn.Parameter(tensor(ours.cls_token))
        self.positions = nn.Parameter(tensor(ours.pos_encoding.pe))
        self.encoders = nn.Sequential(*(TransformerEncoder(each) for each in ours.encoders))
        self.head = linear(ours.head)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], dim=1)
        tokens = self.encoders(tokens + self.positions[: tokens.shape[1]])
        logits: Tensor = self.head(tokens[:, 0])
        return logits
