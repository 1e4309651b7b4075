"""Layers are made when forward first needs them; whether the shortcut needs one is seen from the shapes."""
from utils import BatchNorm2d, Conv2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.out_channels, self.stride = out_channels, stride
        self.cache = {}

    def get(self, key, make):
        if key not in self.cache:
            self.cache[key] = make()
        return self.cache[key]

    def conv_bn(self, x, key, k, stride):
        conv = self.get(key + "_conv", lambda: Conv2d(x.shape[1], self.out_channels, k, stride, k // 2))
        bn = self.get(key + "_bn", lambda: BatchNorm2d(self.out_channels))
        return bn(conv(x))

    def forward(self, x):
        relu = ReLU()
        out = relu(self.conv_bn(x, "first", 3, self.stride))
        out = self.conv_bn(out, "second", 3, 1)
        if out.shape != x.shape:
            x = self.conv_bn(x, "skip", 1, self.stride)
        return relu(out + x)
