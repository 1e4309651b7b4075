"""Convolution is written anew with loops over the kernel; only the weights are the layers'."""
import numpy as np
from utils import Conv2d, BatchNorm2d, ReLU


def conv(x, layer):
    k, s, p = layer.kernel_size, layer.stride, layer.padding
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    B, C, H, W = x.shape
    Ho, Wo = (H - k) // s + 1, (W - k) // s + 1
    out = np.zeros((B, layer.weight.shape[0], Ho, Wo), dtype=x.dtype)
    for u in range(k):
        for v in range(k):
            piece = x[:, :, u:u + s * Ho:s, v:v + s * Wo:s]
            out += np.einsum("bchw,oc->bohw", piece, layer.weight[:, :, u, v])
    return out + layer.bias[None, :, None, None]


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)

    def forward(self, x):
        out = self.relu(self.bn1(conv(x, self.conv1)))
        out = self.bn2(conv(out, self.conv2))
        if self.downsample is not None:
            x = conv(x, self.downsample)
        return self.relu(out + x)
