import numpy as np
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class AlexNet:
    def __init__(self, num_classes=10):
        self.features = Sequential(
            Conv2d(3, 96, kernel_size=11, stride=4, padding=2), ReLU(), MaxPool2d(kernel_size=3, stride=2),
            Conv2d(96, 256, kernel_size=5, padding=2), ReLU(), MaxPool2d(kernel_size=3, stride=2),
            Conv2d(256, 384, kernel_size=3, padding=1), ReLU(),
            Conv2d(384, 384, kernel_size=3, padding=1), ReLU(),
            Conv2d(384, 256, kernel_size=3, padding=1), ReLU(), MaxPool2d(kernel_size=3, stride=2),
        )
        self.classifier = Sequential(
            Linear(256 * 6 * 6, 4096), ReLU(), Dropout(p=0.5),
            Linear(4096, 4096), ReLU(), Dropout(p=0.5),
            Linear(4096, num_classes),
        )

    def forward(self, x):
        maps = self.features(x)
        return self.classifier(np.array([m.ravel() for m in maps]))
