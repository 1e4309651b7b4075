"""Layers are made when forward first needs them, and sizes are read from the arrays."""
from utils import Conv2d, Dropout, Linear, MaxPool2d, ReLU


class AlexNet:
    def __init__(self, num_classes=10):
        self.num_classes = num_classes
        self._built = {}

    def _layer(self, name, kind, *args, **kwargs):
        if name not in self._built:
            self._built[name] = kind(*args, **kwargs)
        return self._built[name]

    def _conv(self, name, x, out, k, **kw):
        return ReLU()(self._layer(name, Conv2d, x.shape[1], out, k, **kw)(x))

    def _fc(self, name, x, out):
        return self._layer(name, Linear, x.shape[1], out)(x)

    def forward(self, x):
        pool = MaxPool2d(3, stride=2)
        drop = self._layer("drop", Dropout, 0.5)
        x = pool(self._conv("c1", x, 96, 11, stride=4, padding=2))
        x = pool(self._conv("c2", x, 256, 5, padding=2))
        x = self._conv("c3", x, 384, 3, padding=1)
        x = self._conv("c4", x, 384, 3, padding=1)
        x = pool(self._conv("c5", x, 256, 3, padding=1))
        x = x.reshape(x.shape[0], -1)
        x = drop(ReLU()(self._fc("f1", x, 4096)))
        x = drop(ReLU()(self._fc("f2", x, 4096)))
        return self._fc("f3", x, self.num_classes)
