"""Max pooling is written with loops over the output's positions."""
import numpy as np
from utils import Conv2d, ReLU, Dropout, Linear


def max_pool(x, size=3, stride=2):
    B, C, H, W = x.shape
    H2 = (H - size) // stride + 1
    W2 = (W - size) // stride + 1
    y = np.empty((B, C, H2, W2), dtype=x.dtype)
    for i in range(H2):
        for j in range(W2):
            y[:, :, i, j] = x[:, :, i * stride:i * stride + size, j * stride:j * stride + size].max(axis=(2, 3))
    return y


class AlexNet:
    def __init__(self, num_classes=10):
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = Conv2d(384, 256, kernel_size=3, padding=1)
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.relu = ReLU()
        self.dropout = Dropout(p=0.5)

    def forward(self, x):
        x = max_pool(self.relu(self.conv1(x)))
        x = max_pool(self.relu(self.conv2(x)))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = max_pool(self.relu(self.conv5(x)))
        x = np.array([img.ravel() for img in x])
        x = self.dropout(self.relu(self.fc1(x)))
        x = self.dropout(self.relu(self.fc2(x)))
        return self.fc3(x)
