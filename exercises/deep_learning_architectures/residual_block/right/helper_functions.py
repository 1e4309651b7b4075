"""Helper functions at the top level make and run pairs of convolution and batch normalisation."""
from utils import *

act = ReLU()


def make_pair(n_in, n_out, k, stride=1):
    """conv + bn, padding so that a stride of 1 keeps the size"""
    return Conv2d(n_in, n_out, kernel_size=k, stride=stride, padding=(k - 1) // 2), BatchNorm2d(n_out)


def run_pair(pair, x, activate=False):
    conv, bn = pair
    y = bn(conv(x))
    return act(y) if activate else y


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.pair1 = make_pair(in_channels, out_channels, 3, stride)
        self.pair2 = make_pair(out_channels, out_channels, 3)
        self.pair_skip = None
        if not (stride == 1 and in_channels == out_channels):
            self.pair_skip = make_pair(in_channels, out_channels, 1, stride)

    def forward(self, x):
        shortcut = run_pair(self.pair_skip, x) if self.pair_skip else x
        fx = run_pair(self.pair2, run_pair(self.pair1, x, activate=True))
        return act(shortcut + fx)
