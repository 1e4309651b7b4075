"""Layers live in two lists, and forward is two loops."""
from utils import *


class AlexNet:
    def __init__(self, num_classes=10):
        self.features = [
            Conv2d(3, 96, kernel_size=11, stride=4, padding=2), ReLU(), MaxPool2d(kernel_size=3, stride=2),
            Conv2d(96, 256, kernel_size=5, padding=2), ReLU(), MaxPool2d(kernel_size=3, stride=2),
            Conv2d(256, 384, kernel_size=3, padding=1), ReLU(),
            Conv2d(384, 384, kernel_size=3, padding=1), ReLU(),
            Conv2d(384, 256, kernel_size=3, padding=1), ReLU(), MaxPool2d(kernel_size=3, stride=2),
        ]
        self.classifier = [
            Linear(256 * 6 * 6, 4096), ReLU(), Dropout(p=0.5),
            Linear(4096, 4096), ReLU(), Dropout(p=0.5),
            Linear(4096, num_classes),
        ]

    def forward(self, x):
        for layer in self.features:
            x = layer.forward(x)
        x = x.reshape(x.shape[0], 256 * 6 * 6)
        for layer in self.classifier:
            x = layer.forward(x)
        return x
