import numpy as np
import utils


class ResidualBlock:
    PATH = ("conv1", "bn1", "relu", "conv2", "bn2")

    def __init__(self, in_channels, out_channels, stride=1):
        c = lambda i, k, s: utils.Conv2d(i, out_channels, k, stride=s, padding=(k - 1) // 2)
        self.layer = dict(
            conv1=c(in_channels, 3, stride), bn1=utils.BatchNorm2d(out_channels), relu=utils.ReLU(),
            conv2=c(out_channels, 3, 1), bn2=utils.BatchNorm2d(out_channels))
        if stride - 1 or in_channels - out_channels:
            self.layer["project"] = c(in_channels, 1, stride)

    def forward(self, x):
        y = x
        for key in self.PATH:
            y = self.layer[key].forward(y)
        y = np.add(y, self.layer["project"].forward(x) if "project" in self.layer else x)
        return self.layer["relu"].forward(y)
