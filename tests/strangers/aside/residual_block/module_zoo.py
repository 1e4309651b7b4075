from utils import Conv2d, BatchNorm2d
import numpy as np


class Module:
    def __call__(self, *a):
        return self.forward(*a)


class Identity(Module):
    def forward(self, x):
        return x


class Sequential(Module):
    def __init__(self, *mods):
        self.mods = mods

    def forward(self, x):
        for m in self.mods:
            x = m(x)
        return x


class Act(Module):
    def forward(self, x):
        return np.maximum(x, 0)


class ResidualBlock(Module):
    expansion = 1

    def __init__(self, in_channels, out_channels, stride=1):
        self.residual = Sequential(
            Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1),
            BatchNorm2d(out_channels),
            Act(),
            Conv2d(out_channels, out_channels * ResidualBlock.expansion, kernel_size=3, padding=1),
            BatchNorm2d(out_channels * ResidualBlock.expansion),
        )
        self.shortcut = Identity()
        if stride != 1 or in_channels != ResidualBlock.expansion * out_channels:
            self.shortcut = Sequential(
                Conv2d(in_channels, out_channels * ResidualBlock.expansion, kernel_size=1, stride=stride),
                BatchNorm2d(out_channels * ResidualBlock.expansion),
            )

    def forward(self, x):
        return Act()(self.residual(x) + self.shortcut(x))
