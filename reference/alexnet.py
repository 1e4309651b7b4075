"""AlexNet (Krizhevsky, Sutskever & Hinton 2012, section 3.5), undivided and without response normalisation."""

from exercises.deep_learning_architectures.utils import Array, Conv2d, Dropout, Linear, MaxPool2d, ReLU


class AlexNet:
    """Five convolutions, three of them followed by overlapping max pooling, and three dense layers."""

    def __init__(self, num_classes: int = 10) -> None:
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = Conv2d(384, 256, kernel_size=3, padding=1)
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.relu = ReLU()
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)
        self.dropout = Dropout(p=0.5)

    def forward(self, x: Array) -> Array:
        """Images (B, 3, 224, 224) -> logits (B, num_classes)."""
        x = self.maxpool(self.relu(self.conv1(x)))  # (B, 96, 55, 55) -> (B, 96, 27, 27)
        x = self.maxpool(self.relu(self.conv2(x)))  # (B, 256, 27, 27) -> (B, 256, 13, 13)
        x = self.relu(self.conv3(x))  # (B, 384, 13, 13)
        x = self.relu(self.conv4(x))  # (B, 384, 13, 13)
        x = self.maxpool(self.relu(self.conv5(x)))  # (B, 256, 13, 13) -> (B, 256, 6, 6)
        x = x.reshape(x.shape[0], -1)  # (B, 9216)
        x = self.dropout(self.relu(self.fc1(x)))
        x = self.dropout(self.relu(self.fc2(x)))
        logits: Array = self.fc3(x)
        return logits
