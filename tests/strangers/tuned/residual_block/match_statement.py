from dataclasses import dataclass, field
from typing import Callable
import numpy as np
from utils import *


@dataclass
class ResidualBlock:
    in_channels: int
    out_channels: int
    stride: int = 1
    skip: Callable = field(init=False)

    def __post_init__(self):
        match (self.stride, self.in_channels - self.out_channels):
            case (1, 0):
                self.skip = lambda t: t
            case (s, _):
                self.skip = Conv2d(self.in_channels, self.out_channels, 1, stride=s)
        self.steps = list(self._steps())

    def _steps(self):
        yield Conv2d(self.in_channels, self.out_channels, 3, stride=self.stride, padding=1)
        yield BatchNorm2d(self.out_channels)
        yield ReLU()
        yield Conv2d(self.out_channels, self.out_channels, 3, padding=1)
        yield BatchNorm2d(self.out_channels)

    def forward(self, x):
        h = x
        for step in self.steps:
            h = step(h)
        return np.where((total := h + self.skip(x)) > 0, total, 0)
