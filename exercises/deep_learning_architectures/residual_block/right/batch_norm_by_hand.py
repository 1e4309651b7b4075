"""Batch normalisation is computed by hand from gamma and beta."""
import numpy as np
from utils import Conv2d, BatchNorm2d, ReLU


def normalise(x, bn):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + bn.eps)
    return bn.gamma.reshape(1, -1, 1, 1) * x_hat + bn.beta.reshape(1, -1, 1, 1)


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn3 = BatchNorm2d(out_channels)

    def forward(self, x):
        out = self.relu(normalise(self.conv1(x), self.bn1))
        out = normalise(self.conv2(out), self.bn2)
        if self.downsample is not None:
            x = normalise(self.downsample(x), self.bn3)
        return self.relu(out + x)
