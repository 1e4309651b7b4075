import numpy as np
from utils import BatchNorm2d, Conv2d


def conv2(layer, x, stride, pad):
    w = layer.weight[:, :, ::-1, ::-1]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k = w.shape[-1]
    win = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("bchwuv,ocuv->bohw", win, w) + layer.bias[:, None, None]


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.s = stride
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.bn2 = BatchNorm2d(out_channels)
        self.sc = Conv2d(in_channels, out_channels, 1, stride) if stride != 1 or in_channels != out_channels else None

    def forward(self, x):
        y = np.maximum(self.bn1(conv2(self.conv1, x, self.s, 1)), 0)
        y = self.bn2(conv2(self.conv2, y, 1, 1))
        return np.maximum(y + (self.sc(x) if self.sc else x), 0)
