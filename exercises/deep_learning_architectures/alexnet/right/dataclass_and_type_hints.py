"""A dataclass with type hints, and renamed arguments."""
from dataclasses import dataclass, field
from typing import Any, List

import numpy as np

from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


@dataclass
class AlexNet:
    n_classes: int = 10
    drop_rate: float = 0.5
    convs: List[Any] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        channels = [3, 96, 256, 384, 384, 256]
        kernels = [11, 5, 3, 3, 3]
        strides = [4, 1, 1, 1, 1]
        for i in range(5):
            pad = 2 if i == 0 else kernels[i] // 2
            self.convs.append(Conv2d(channels[i], channels[i + 1], kernels[i], stride=strides[i], padding=pad))
        widths = [channels[-1] * 6 * 6, 4096, 4096, self.n_classes]
        self.dense: List[Linear] = [Linear(a, b) for a, b in zip(widths[:-1], widths[1:])]
        self.relu: ReLU = ReLU()
        self.pool: MaxPool2d = MaxPool2d(kernel_size=3, stride=2)
        self.dropout: Dropout = Dropout(p=self.drop_rate)

    def forward(self, images: np.ndarray) -> np.ndarray:
        h: np.ndarray = images
        for number, conv in enumerate(self.convs, start=1):
            h = self.relu(conv(h))
            if number in {1, 2, 5}:
                h = self.pool(h)
        h = h.reshape(len(h), -1)
        *hidden, last = self.dense
        for layer in hidden:
            h = self.dropout(self.relu(layer(h)))
        return last(h)
