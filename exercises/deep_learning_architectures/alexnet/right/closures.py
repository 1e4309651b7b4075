"""The network is a chain of closures, and the class only holds the result."""
from functools import reduce

from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


def conv_block(i, o, k, s=1, p=0, pool=False):
    conv, relu = Conv2d(i, o, k, stride=s, padding=p), ReLU()
    mp = MaxPool2d(3, 2) if pool else (lambda t: t)
    return lambda t: mp(relu(conv(t)))


def fc_block(i, o, last=False):
    fc = Linear(i, o)
    if last:
        return fc
    relu, drop = ReLU(), Dropout(0.5)
    return lambda t: drop(relu(fc(t)))


def flatten(t):
    return t.reshape(t.shape[0], -1)


class AlexNet:
    def __init__(self, num_classes=10):
        steps = [
            conv_block(3, 96, 11, s=4, p=2, pool=True),
            conv_block(96, 256, 5, p=2, pool=True),
            conv_block(256, 384, 3, p=1),
            conv_block(384, 384, 3, p=1),
            conv_block(384, 256, 3, p=1, pool=True),
            flatten,
            fc_block(9216, 4096),
            fc_block(4096, 4096),
            fc_block(4096, num_classes, last=True),
        ]
        self.forward = lambda x: reduce(lambda value, step: step(value), steps, x)
