"""Residual blocks and a small residual network (He et al. 2016, sections 3.2 and 3.3)."""

from exercises.deep_learning_architectures.utils import Array, BatchNorm2d, Conv2d, Linear, MaxPool2d, ReLU


class ResidualBlock:
    """ReLU(F(x) + shortcut(x)) with F two 3x3 convolutions, each followed by batch normalisation.

    The shortcut is the input itself where shapes allow it, and else a 1x1 convolution with the block's
    stride, followed by batch normalisation (option B of section 3.3).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        self.conv1 = Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.changes_shape = stride != 1 or in_channels != out_channels
        if self.changes_shape:
            self.shortcut_conv = Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.shortcut_bn = BatchNorm2d(out_channels)

    def shortcut(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W')."""
        if self.changes_shape:
            x = self.shortcut_bn(self.shortcut_conv(x))
        return x

    def forward(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W')."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        total: Array = self.relu(out + self.shortcut(x))
        return total


class ResidualBlockPlainShortcut(ResidualBlock):
    """The shortcut is a 1x1 convolution alone: equation 2 of the paper has a bare matrix W_s."""

    def shortcut(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W')."""
        if self.changes_shape:
            x = self.shortcut_conv(x)
        return x


# The next two compute the same function as ResidualBlock. They call their batch normalisations in another
# order, which matters where parameters are told apart by who was called first.


class ResidualBlockShortcutFirst(ResidualBlock):
    """The shortcut is evaluated before the main path."""

    def forward(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W')."""
        identity = self.shortcut(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        total: Array = self.relu(out + identity)
        return total


class ResidualBlockShortcutBetween(ResidualBlock):
    """The shortcut is evaluated in the middle of the main path."""

    def forward(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W')."""
        out = self.relu(self.bn1(self.conv1(x)))
        identity = self.shortcut(x)
        out = self.bn2(self.conv2(out))
        total: Array = self.relu(out + identity)
        return total


class ResidualBlockPlainShortcutFirst(ResidualBlockPlainShortcut, ResidualBlockShortcutFirst):
    """The plain shortcut, evaluated before the main path. Its trace is what tells it from the one behind."""


class ResidualBlockPlainShortcutBetween(ResidualBlockPlainShortcut, ResidualBlockShortcutBetween):
    """The plain shortcut, evaluated in the middle of the main path."""


class SimpleResNet:
    """Three residual blocks for 28x28 grayscale images, such as MNIST's."""

    def __init__(self, num_classes: int = 10) -> None:
        self.conv1 = Conv2d(1, 64, kernel_size=3, stride=1, padding=1)
        self.bn1 = BatchNorm2d(64)
        self.relu = ReLU()
        self.layer1 = ResidualBlock(64, 64)
        self.layer2 = ResidualBlock(64, 128, stride=2)
        self.layer3 = ResidualBlock(128, 256, stride=2)
        self.pool = MaxPool2d(kernel_size=7)
        self.fc = Linear(256, num_classes)

    def forward(self, x: Array) -> Array:
        """Images (B, 1, 28, 28) -> logits (B, num_classes)."""
        x = self.relu(self.bn1(self.conv1(x)))  # (B, 64, 28, 28)
        x = self.layer1.forward(x)  # (B, 64, 28, 28)
        x = self.layer2.forward(x)  # (B, 128, 14, 14)
        x = self.layer3.forward(x)  # (B, 256, 7, 7)
        x = self.pool(x)  # (B, 256, 1, 1)
        logits: Array = self.fc(x.reshape(x.shape[0], -1))
        return logits
