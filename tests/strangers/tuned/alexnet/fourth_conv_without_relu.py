import numpy as np
from utils import Conv2d, Dropout, Linear, MaxPool2d


def relu(a):
    return np.maximum(a, 0)


class AlexNet:
    def __init__(self, num_classes=10):
        self.c1 = Conv2d(3, 96, 11, 4, 2)
        self.c2 = Conv2d(96, 256, 5, 1, 2)
        self.c3 = Conv2d(256, 384, 3, 1, 1)
        self.c4 = Conv2d(384, 384, 3, 1, 1)
        self.c5 = Conv2d(384, 256, 3, 1, 1)
        self.pool = MaxPool2d(3, 2)
        self.f6 = Linear(9216, 4096)
        self.f7 = Linear(4096, 4096)
        self.f8 = Linear(4096, num_classes)
        self.drop = Dropout(0.5)

    def forward(self, x):
        x = self.pool(relu(self.c1(x)))
        x = self.pool(relu(self.c2(x)))
        x = relu(self.c3(x))
        x = self.c4(x)
        x = self.pool(relu(self.c5(x)))
        x = x.reshape(x.shape[0], -1)
        x = self.drop(relu(self.f6(x)))
        x = self.drop(relu(self.f7(x)))
        return self.f8(x)
