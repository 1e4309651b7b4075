from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.f = [Conv2d(in_channels, out_channels, 3, stride, 1), BatchNorm2d(out_channels), ReLU(),
                  Conv2d(out_channels, out_channels, 3, 1, 1), BatchNorm2d(out_channels)]
        self.g = [Conv2d(in_channels, out_channels, 1, stride), BatchNorm2d(out_channels)]

    def run(self, layers, x):
        for layer in layers:
            x = layer(x)
        return x

    def forward(self, x):
        return ReLU()(self.run(self.f, x) + self.run(self.g, x))
