from utils import BatchNorm2d, Conv2d, ReLU


class ResidualBlock:
    """Identity mappings in deep residual networks"""

    def __init__(self, in_channels, out_channels, stride=1):
        self.bn1, self.bn2 = BatchNorm2d(in_channels), BatchNorm2d(out_channels)
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1)
        self.act = ReLU()
        self.sc = Conv2d(in_channels, out_channels, 1, stride=stride) if (in_channels, 1) != (out_channels, stride) else None

    def forward(self, x):
        h = self.act(self.bn1(x))
        skip = self.sc(h) if self.sc else x
        h = self.conv1(h)
        h = self.conv2(self.act(self.bn2(h)))
        return h + skip
