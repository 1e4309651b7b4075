"""Layers live in a dictionary, made in alphabetical order; some are never used."""
import utils


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        conv, bn = utils.Conv2d, utils.BatchNorm2d
        self.layers = {
            "bn1": bn(out_channels),
            "bn2": bn(out_channels),
            "bn_skip": bn(out_channels),
            "bn_spare": bn(out_channels),
            "conv1": conv(in_channels, out_channels, 3, stride=stride, padding=1),
            "conv2": conv(out_channels, out_channels, 3, padding=1),
            "conv_skip": conv(in_channels, out_channels, 1, stride=stride),
            "relu": utils.ReLU(),
        }
        self.same = stride == 1 and in_channels == out_channels

    def run(self, x, *names):
        for n in names:
            x = self.layers[n](x)
        return x

    def forward(self, x):
        fx = self.run(x, "conv1", "bn1", "relu", "conv2", "bn2")
        sx = x if self.same else self.run(x, "conv_skip", "bn_skip")
        return self.run(fx + sx, "relu")
