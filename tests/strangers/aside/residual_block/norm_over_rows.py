import numpy as np
from utils import Conv2d, BatchNorm2d


def normalise(bn, a):
    n, c, h, w = a.shape
    flat = np.moveaxis(a, 1, -1).reshape(-1, c)
    centred = flat - flat.mean(axis=0)
    flat = centred / np.sqrt((centred ** 2).mean(axis=0) + bn.eps) * bn.gamma + bn.beta
    return np.moveaxis(flat.reshape(n, h, w, c), -1, 1)


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.c1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.b1 = BatchNorm2d(out_channels)
        self.c2 = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.b2 = BatchNorm2d(out_channels)
        same = (stride, in_channels) == (1, out_channels)
        self.proj = None if same else Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        y = normalise(self.b1, self.c1(x))
        y[y < 0] = 0
        y = normalise(self.b2, self.c2(y))
        y = y + (x if self.proj is None else self.proj(x))
        y[y < 0] = 0
        return y
