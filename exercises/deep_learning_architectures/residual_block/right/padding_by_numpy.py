"""Padding is done with np.pad; the stride is done by throwing pixels away after a convolution with stride 1."""
import numpy as np
from utils import Conv2d, BatchNorm2d, ReLU


def pad1(x):
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.stride = stride
        self.conv1 = Conv2d(in_channels, out_channels, 3)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.project = (stride, in_channels) != (1, out_channels)
        if self.project:
            self.conv_s = Conv2d(in_channels, out_channels, 1)
            self.bn_s = BatchNorm2d(out_channels)

    def forward(self, x):
        s = self.stride
        out = self.conv1(pad1(x))[:, :, ::s, ::s]
        out = self.relu(self.bn1(out))
        out = self.bn2(self.conv2(pad1(out)))
        if self.project:
            x = self.bn_s(self.conv_s(x)[:, :, ::s, ::s])
        return self.relu(out + x)
