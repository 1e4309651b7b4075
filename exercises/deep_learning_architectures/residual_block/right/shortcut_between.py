"""The shortcut is computed between the two halves of the main path, and layers are made in that order."""
from utils import *


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.bnB = BatchNorm2d(out_channels)
        self.bnA = BatchNorm2d(out_channels)
        self.needs_proj = stride > 1 or in_channels != out_channels
        if self.needs_proj:
            self.proj_bn = BatchNorm2d(out_channels)
            self.proj = Conv2d(in_channels, out_channels, 1, stride)
        self.convB = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.convA = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.act = ReLU()

    def forward(self, x):
        y = self.act(self.bnA(self.convA(x)))
        skip = self.proj_bn(self.proj(x)) if self.needs_proj else x
        y = self.bnB(self.convB(y))
        return self.act(skip + y)
