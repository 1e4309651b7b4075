from utils import BatchNorm2d, Conv2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.down = None
        if stride != 1 or in_channels != out_channels:
            self.down = Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        x1 = self.relu(self.bn1(self.conv1(x)))
        x2 = self.bn2(self.conv2(x1))
        skip = x1 if self.down is None else self.down(x)
        return self.relu(x2 + skip)
