"""The block keeps a training flag of its own and gives it to its BatchNorm2d layers."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1, training=True):
        self.training = training
        self.relu = ReLU()
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.norms = [BatchNorm2d(out_channels), BatchNorm2d(out_channels)]
        if stride != 1 or in_channels != out_channels:
            self.downsample = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.norms.append(BatchNorm2d(out_channels))
        else:
            self.downsample = None

    def eval(self):
        self.training = False

    def forward(self, x):
        for bn in self.norms:
            bn.training = self.training
        out = self.norms[1](self.conv2(self.relu(self.norms[0](self.conv1(x)))))
        res = x if self.downsample is None else self.norms[2](self.downsample(x))
        return self.relu(out + res)
