"""forward takes an argument for training and hands it to batch normalisation."""
from utils import Conv2d, BatchNorm2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.downsample, self.bn_down = None, None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_down = BatchNorm2d(out_channels)

    def forward(self, x, training=False):
        out = self.relu(self.bn1(self.conv1(x), training=training))
        out = self.bn2(self.conv2(out), training)
        if self.downsample:
            x = self.bn_down(self.downsample(x), training)
        return self.relu(out + x)
