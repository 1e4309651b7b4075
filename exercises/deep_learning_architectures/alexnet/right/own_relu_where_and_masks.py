"""ReLU is written in three other ways: np.where, a product with a mask, assignment into an own array."""
import numpy as np
from utils import Conv2d, MaxPool2d, Dropout, Linear


class AlexNet:
    def __init__(self, num_classes=10):
        self.convs = [
            Conv2d(3, 96, 11, 4, 2),
            Conv2d(96, 256, 5, 1, 2),
            Conv2d(256, 384, 3, 1, 1),
            Conv2d(384, 384, 3, 1, 1),
            Conv2d(384, 256, 3, 1, 1),
        ]
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.dropout = Dropout(p=0.5)
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)

    def forward(self, x):
        x = np.copy(x)
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x[x < 0] = 0          # fine, this array is ours
            if i in (0, 1, 4):
                x = self.maxpool(x)
        x = x.reshape(x.shape[0], -1)
        x = self.fc1(x)
        x = x * (x > 0)
        x = self.dropout(x)
        x = self.fc2(x)
        x = np.where(x > 0, x, 0)
        x = self.dropout(x)
        return self.fc3(x)
