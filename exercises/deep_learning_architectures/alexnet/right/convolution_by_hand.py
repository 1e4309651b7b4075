"""Convolution and pooling are written anew with sliding windows; only the weights are the layers'."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from utils import Conv2d, Dropout, Linear


def my_conv(x, layer, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k = layer.weight.shape[-1]
    win = sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]   # B,C,H,W,k,k
    out = np.tensordot(win, layer.weight, axes=[(1, 4, 5), (1, 2, 3)])            # B,H,W,O
    return (out + layer.bias).transpose(0, 3, 1, 2)


def my_pool(x, k=3, s=2):
    return sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s].max(axis=(-2, -1))


def relu(x):
    return np.clip(x, 0, None)


class AlexNet:
    def __init__(self, num_classes=10):
        self.conv1 = Conv2d(3, 96, 11, 4, 2)
        self.conv2 = Conv2d(96, 256, 5, 1, 2)
        self.conv3 = Conv2d(256, 384, 3, 1, 1)
        self.conv4 = Conv2d(384, 384, 3, 1, 1)
        self.conv5 = Conv2d(384, 256, 3, 1, 1)
        self.fc1, self.fc2, self.fc3 = Linear(9216, 4096), Linear(4096, 4096), Linear(4096, num_classes)
        self.dropout = Dropout(0.5)

    def forward(self, x):
        x = my_pool(relu(my_conv(x, self.conv1, stride=4, pad=2)))
        x = my_pool(relu(my_conv(x, self.conv2, pad=2)))
        x = relu(my_conv(x, self.conv3, pad=1))
        x = relu(my_conv(x, self.conv4, pad=1))
        x = my_pool(relu(my_conv(x, self.conv5, pad=1)))
        x = x.reshape(x.shape[0], -1)
        x = self.dropout(relu(self.fc1(x)))
        x = self.dropout(relu(self.fc2(x)))
        return self.fc3(x)
