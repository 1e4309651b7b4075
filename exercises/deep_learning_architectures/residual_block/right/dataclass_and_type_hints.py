"""A dataclass with type hints."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from utils import BatchNorm2d, Conv2d, ReLU


@dataclass
class ResidualBlock:
    in_channels: int
    out_channels: int
    stride: int = 1

    def __post_init__(self):
        self.conv1: Conv2d = Conv2d(self.in_channels, self.out_channels, 3, stride=self.stride, padding=1)
        self.conv2: Conv2d = Conv2d(self.out_channels, self.out_channels, 3, padding=1)
        self.bn1, self.bn2 = (BatchNorm2d(self.out_channels) for _ in range(2))
        self.downsample: Optional[Conv2d] = None
        if self.changes_shape:
            self.downsample = Conv2d(self.in_channels, self.out_channels, 1, stride=self.stride)
        self.relu = ReLU()

    @property
    def changes_shape(self) -> bool:
        return self.stride != 1 or self.in_channels != self.out_channels

    def forward(self, x: np.ndarray) -> np.ndarray:
        y: np.ndarray = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (self.downsample(x) if self.downsample is not None else x))
