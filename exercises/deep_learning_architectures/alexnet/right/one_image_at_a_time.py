"""The images of a batch go through the network one by one."""
import numpy as np
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


class AlexNet:
    def __init__(self, num_classes=10):
        self.num_classes = num_classes
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = Conv2d(384, 256, kernel_size=3, padding=1)
        self.fc1 = Linear(256 * 6 * 6, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, num_classes)
        self.relu = ReLU()
        self.dropout = Dropout(p=0.5)
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)

    def forward_one(self, img):
        h = img[np.newaxis]
        h = self.maxpool(self.relu(self.conv1(h)))
        h = self.maxpool(self.relu(self.conv2(h)))
        h = self.relu(self.conv3(h))
        h = self.relu(self.conv4(h))
        h = self.maxpool(self.relu(self.conv5(h)))
        h = h.flatten()[None, :]   # only one image here so this is ok
        h = self.dropout(self.relu(self.fc1(h)))
        h = self.dropout(self.relu(self.fc2(h)))
        return self.fc3(h)[0]

    def forward(self, x):
        out = np.zeros((x.shape[0], self.num_classes), dtype=np.float32)
        for i in range(x.shape[0]):
            out[i] = self.forward_one(x[i])
        return out
