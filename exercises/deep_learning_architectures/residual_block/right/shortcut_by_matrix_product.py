"""The 1x1 convolution is computed by hand as a matrix product over the channels."""
import numpy as np
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.stride = stride
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)

    def project(self, x):
        W = self.downsample.weight[:, :, 0, 0]
        b = self.downsample.bias
        x = x[:, :, ::self.stride, ::self.stride]
        return np.einsum("oc,bchw->bohw", W, x) + b.reshape(1, -1, 1, 1)

    def forward(self, x):
        identity = self.project(x) if self.downsample else x
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + identity)
