import numpy as np
from utils import Conv2d, BatchNorm2d


def conv_slow(x, w, b, stride, pad):
    N, C, H, W = x.shape
    k = w.shape[2]
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    xp[:, :, pad:pad + H, pad:pad + W] = x
    Ho, Wo = (H + 2 * pad - k) // stride + 1, (W + 2 * pad - k) // stride + 1
    y = np.empty((N, len(w), Ho, Wo), x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, None, :, i * stride:i * stride + k, j * stride:j * stride + k]
            y[:, :, i, j] = (win * w).sum(axis=(2, 3, 4)) + b
    return y


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.stride = stride
        self.k1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.n1 = BatchNorm2d(out_channels)
        self.k2 = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.n2 = BatchNorm2d(out_channels)
        self.k3 = None
        if not (stride == 1 and in_channels == out_channels):
            self.k3 = Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        h = conv_slow(x, self.k1.weight, self.k1.bias, self.stride, 1)
        h = np.maximum(self.n1(h), 0)
        h = self.n2(conv_slow(h, self.k2.weight, self.k2.bias, 1, 1))
        s = x if self.k3 is None else conv_slow(x, self.k3.weight, self.k3.bias, self.stride, 0)
        return np.maximum(h + s, 0)
