"""Dropout comes before ReLU: both act on each number by itself, so they may change places."""
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


class AlexNet:
    def __init__(self, num_classes=10):
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = Conv2d(384, 256, kernel_size=3, padding=1)
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.relu1, self.relu2 = ReLU(), ReLU()
        self.drop1, self.drop2 = Dropout(p=0.5), Dropout(p=0.5)
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)

    def forward(self, x):
        out = self.maxpool(self.relu1(self.conv1(x)))
        out = self.maxpool(self.relu1(self.conv2(out)))
        out = self.relu1(self.conv3(out))
        out = self.relu1(self.conv4(out))
        out = self.maxpool(self.relu1(self.conv5(out)))
        out = out.reshape(out.shape[0], -1)
        out = self.relu1(self.drop1(self.fc1(out)))
        out = self.relu2(self.drop2(self.fc2(out)))
        return self.fc3(out)
