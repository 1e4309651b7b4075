"""The shortcut is a lambda, and so is each half of the main path."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        relu = ReLU()
        c1, b1 = Conv2d(in_channels, out_channels, 3, stride, 1), BatchNorm2d(out_channels)
        c2, b2 = Conv2d(out_channels, out_channels, 3, 1, 1), BatchNorm2d(out_channels)
        if stride == 1 and in_channels == out_channels:
            self.skip = lambda x: x
        else:
            c3, b3 = Conv2d(in_channels, out_channels, 1, stride), BatchNorm2d(out_channels)
            self.skip = lambda x: b3(c3(x))
        self.F = lambda x: b2(c2(relu(b1(c1(x)))))
        self.relu = relu

    def forward(self, x):
        return self.relu(self.F(x) + self.skip(x))
