import numpy as np
from utils import BatchNorm2d, Conv2d


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.res_conv = None
        if stride != 1 or in_channels != out_channels:
            self.res_conv = Conv2d(in_channels, out_channels, 1, stride=stride)

    def forward(self, x):
        out = np.maximum(self.bn1(self.conv1(x)), 0)
        out = self.bn2(self.conv2(out))
        if self.res_conv is not None:
            x = self.res_conv(x)
        x += out
        np.maximum(x, 0, out=x)
        return x
