"""The model inherits from a base class and a mixin of the student's own."""
from utils import Conv2d, MaxPool2d, ReLU, Dropout, Linear


class Module:
    def __call__(self, *args):
        return self.forward(*args)

    def count_parameters(self):
        return sum(l.weight.size + l.bias.size for l in vars(self).values() if hasattr(l, "weight"))


class ClassifierMixin:
    def make_classifier(self, n_in, n_out):
        self.fc1 = Linear(n_in, 4096)
        self.fc2 = Linear(4096, 4096)
        self.fc3 = Linear(4096, n_out)
        self.dropout = Dropout(p=0.5)

    def classify(self, x):
        x = self.dropout(self.relu(self.fc1(x)))
        x = self.dropout(self.relu(self.fc2(x)))
        return self.fc3(x)


class AlexNet(ClassifierMixin, Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.relu = ReLU()
        self.maxpool = MaxPool2d(kernel_size=3, stride=2)
        self.conv1 = Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = Conv2d(384, 256, kernel_size=3, padding=1)
        self.make_classifier(256 * 6 * 6, num_classes)

    def extract_features(self, x):
        x = self.maxpool(self.relu(self.conv1(x)))
        x = self.maxpool(self.relu(self.conv2(x)))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        return self.maxpool(self.relu(self.conv5(x)))

    def forward(self, x):
        features = self.extract_features(x)
        return self.classify(features.reshape(features.shape[0], -1))
