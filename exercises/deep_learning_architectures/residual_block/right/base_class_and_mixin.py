"""The block inherits from a base class and a mixin of the student's own."""
from utils import Conv2d, BatchNorm2d, ReLU


class Block:
    def __init__(self):
        self.relu = ReLU()

    def main(self, x):
        raise NotImplementedError

    def skip(self, x):
        return x

    def forward(self, x):
        return self.relu(self.main(x) + self.skip(x))


class ProjectionMixin:
    def add_projection(self, i, o, s):
        self.projection = (Conv2d(i, o, kernel_size=1, stride=s), BatchNorm2d(o))

    def skip(self, x):
        if not hasattr(self, "projection"):
            return super().skip(x)
        conv, bn = self.projection
        return bn(conv(x))


class ResidualBlock(ProjectionMixin, Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        if stride != 1 or in_channels != out_channels:
            self.add_projection(in_channels, out_channels, stride)

    def main(self, x):
        h = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(h))
