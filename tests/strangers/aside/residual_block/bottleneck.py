import numpy as np
from utils import BatchNorm2d, Conv2d


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        mid = max(1, out_channels // 4)
        self.conv1, self.bn1 = Conv2d(in_channels, mid, 1), BatchNorm2d(mid)
        self.conv2, self.bn2 = Conv2d(mid, mid, 3, stride, 1), BatchNorm2d(mid)
        self.conv3, self.bn3 = Conv2d(mid, out_channels, 1), BatchNorm2d(out_channels)
        self.skip = None
        if stride != 1 or in_channels != out_channels:
            self.skip = (Conv2d(in_channels, out_channels, 1, stride), BatchNorm2d(out_channels))

    def forward(self, x):
        y = np.maximum(self.bn1(self.conv1(x)), 0)
        y = np.maximum(self.bn2(self.conv2(y)), 0)
        y = self.bn3(self.conv3(y))
        if self.skip:
            x = self.skip[1](self.skip[0](x))
        return np.maximum(x + y, 0)
