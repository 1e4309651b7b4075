"""Own Sequential and Flatten classes, as in PyTorch."""
import numpy as np
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for l in self.layers:
            x = l(x)
        return x


class Flatten:
    def __call__(self, x):
        return x.reshape(x.shape[0], np.prod(x.shape[1:]))


class AlexNet:
    def __init__(self, num_classes=10):
        self.net = Sequential(
            Sequential(Conv2d(3, 96, 11, 4, 2), ReLU(), MaxPool2d(3, 2)),
            Sequential(Conv2d(96, 256, 5, padding=2), ReLU(), MaxPool2d(3, 2)),
            Sequential(
                Conv2d(256, 384, 3, padding=1), ReLU(),
                Conv2d(384, 384, 3, padding=1), ReLU(),
                Conv2d(384, 256, 3, padding=1), ReLU(),
            ),
            MaxPool2d(3, 2),
            Flatten(),
            Sequential(Linear(9216, 4096), ReLU(), Dropout(), Linear(4096, 4096), ReLU(), Dropout()),
            Linear(4096, num_classes),
        )

    def forward(self, x):
        return self.net(x)
