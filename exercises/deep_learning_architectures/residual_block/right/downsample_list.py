"""The shortcut is a list of layers, empty when nothing changes."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.main = [
            Conv2d(in_channels, out_channels, 3, stride=stride, padding=1),
            BatchNorm2d(out_channels),
            ReLU(),
            Conv2d(out_channels, out_channels, 3, padding=1),
            BatchNorm2d(out_channels),
        ]
        self.downsample = []
        if stride != 1 or in_channels != out_channels:
            self.downsample = [
                Conv2d(in_channels, out_channels, 1, stride=stride),
                BatchNorm2d(out_channels),
            ]
        self.last_relu = ReLU()

    def forward(self, x):
        identity = x
        for layer in self.downsample:
            identity = layer(identity)
        out = x
        for layer in self.main:
            out = layer(out)
        return self.last_relu(out + identity)
