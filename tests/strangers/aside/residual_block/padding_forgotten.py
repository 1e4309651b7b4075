from utils import BatchNorm2d, Conv2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.skip = None if stride == 1 and in_channels == out_channels else Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        s = self.skip(x) if self.skip else x
        s = s[:, :, 1:-1, 1:-1]
        return self.relu(y + s)
