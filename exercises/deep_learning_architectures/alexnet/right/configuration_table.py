"""The architecture is a table at the top of the file; the class is made from it, forward is added later."""
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear

# (in, out, kernel, stride, padding, pool afterwards?)
CONV_CFG = [
    (3, 96, 11, 4, 2, True),
    (96, 256, 5, 1, 2, True),
    (256, 384, 3, 1, 1, False),
    (384, 384, 3, 1, 1, False),
    (384, 256, 3, 1, 1, True),
]
HIDDEN = 4096
P_DROP = 0.5


class AlexNet:
    def __init__(self, num_classes=10):
        self.blocks = [(Conv2d(*cfg[:5]), cfg[5]) for cfg in CONV_CFG]
        self.relu, self.pool, self.dropout = ReLU(), MaxPool2d(kernel_size=3, stride=2), Dropout(P_DROP)
        self.fcs = [Linear(256 * 6 * 6, HIDDEN), Linear(HIDDEN, HIDDEN), Linear(HIDDEN, num_classes)]


def forward(self, x):
    for conv, pool_after in self.blocks:
        x = self.relu(conv(x))
        x = self.pool(x) if pool_after else x
    x = x.reshape(x.shape[0], -1)
    for fc in self.fcs[:2]:
        x = self.dropout(self.relu(fc(x)))
    return self.fcs[-1](x)


AlexNet.forward = forward
