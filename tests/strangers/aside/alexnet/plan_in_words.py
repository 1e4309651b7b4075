from utils import *

PLAN = "conv 3 96 11 4 2; relu; pool; conv 96 256 5 1 2; relu; pool; conv 256 384 3 1 1; relu;" \
       "conv 384 384 3 1 1; relu; conv 384 256 3 1 1; relu; pool; flat; fc 9216 4096; relu; drop;" \
       "fc 4096 4096; relu; drop; fc 4096 N"
MAKE = {"conv": Conv2d, "relu": ReLU, "pool": lambda: MaxPool2d(3, 2), "fc": Linear, "drop": Dropout,
        "flat": lambda: lambda x: x.reshape(len(x), -1)}


class AlexNet:
    def __init__(self, num_classes=10):
        self.layers = []
        for part in PLAN.replace("N", str(num_classes)).split(";"):
            kind, *sizes = part.split()
            self.layers.append(MAKE[kind](*map(int, sizes)))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
