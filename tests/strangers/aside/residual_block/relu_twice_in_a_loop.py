from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.layers = [
            (Conv2d(in_channels, out_channels, 3, stride=stride, padding=1), BatchNorm2d(out_channels)),
            (Conv2d(out_channels, out_channels, 3, padding=1), BatchNorm2d(out_channels)),
        ]
        self.relu = ReLU()
        self.project = in_channels != out_channels or stride != 1
        if self.project:
            self.conv_1x1 = Conv2d(in_channels, out_channels, 1, stride=stride)

    def forward(self, x):
        h = x
        for conv, bn in self.layers:
            h = self.relu(bn(conv(h)))
        if self.project:
            x = self.conv_1x1(x)
        return self.relu(h + x)
