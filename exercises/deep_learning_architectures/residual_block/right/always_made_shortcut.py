"""The 1x1 convolution is always made, and called only when shapes differ."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.conv_skip = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
        self.bn1 = BatchNorm2d(out_channels)
        self.bn2 = BatchNorm2d(out_channels)
        self.bn_skip = BatchNorm2d(out_channels)
        self.relu = ReLU()

    def forward(self, x):
        out = self.conv1.forward(x)
        out = self.bn1.forward(out)
        out = self.relu.forward(out)
        out = self.conv2.forward(out)
        out = self.bn2.forward(out)
        if out.shape == x.shape:
            identity = x
        else:
            identity = self.bn_skip.forward(self.conv_skip.forward(x))
        return self.relu.forward(identity + out)
