"""Padding is done with np.pad, and only where the kernel gets to: conv1 never reads the last column."""
import numpy as np
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


def pad(x, before, after):
    return np.pad(x, [(0, 0), (0, 0), (before, after), (before, after)], mode="constant")


class AlexNet:
    def __init__(self, num_classes=10):
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4)
        self.conv2 = Conv2d(96, 256, kernel_size=5)
        self.conv3 = Conv2d(256, 384, kernel_size=3)
        self.conv4 = Conv2d(384, 384, kernel_size=3)
        self.conv5 = Conv2d(384, 256, kernel_size=3)
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.relu = ReLU()
        self.dropout = Dropout(p=0.5)
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)

    def forward(self, x):
        x = pad(x, 2, 1)          # 224 -> 227, then (227 - 11) / 4 + 1 = 55 exactly
        x = self.maxpool(self.relu(self.conv1(x)))
        x = self.maxpool(self.relu(self.conv2(pad(x, 2, 2))))
        x = self.relu(self.conv3(pad(x, 1, 1)))
        x = self.relu(self.conv4(pad(x, 1, 1)))
        x = self.maxpool(self.relu(self.conv5(pad(x, 1, 1))))
        x = x.reshape(x.shape[0], -1)
        x = self.dropout(self.relu(self.fc1(x)))
        x = self.dropout(self.relu(self.fc2(x)))
        return self.fc3(x)
