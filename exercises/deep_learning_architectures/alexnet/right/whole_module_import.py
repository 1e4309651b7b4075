"""utils is imported as a module, and layers are reached through its name."""
import utils


class AlexNet:
    def __init__(self, num_classes=10):
        self.conv1 = utils.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self.conv2 = utils.Conv2d(96, 256, kernel_size=5, padding=2)
        self.conv3 = utils.Conv2d(256, 384, kernel_size=3, padding=1)
        self.conv4 = utils.Conv2d(384, 384, kernel_size=3, padding=1)
        self.conv5 = utils.Conv2d(384, 256, kernel_size=3, padding=1)
        self.fc1 = utils.Linear(256 * 6 * 6, 4096)
        self.fc2 = utils.Linear(4096, 4096)
        self.fc3 = utils.Linear(4096, num_classes)
        self.relu = utils.ReLU()
        self.dropout = utils.Dropout(p=0.5)
        self.maxpool = utils.MaxPool2d(kernel_size=3, stride=2)

    def forward(self, x):
        x = self.conv1(x)
        x = self.relu(x)
        x = self.maxpool(x)
        x = self.conv2(x)
        x = self.relu(x)
        x = self.maxpool(x)
        x = self.conv3(x)
        x = self.relu(x)
        x = self.conv4(x)
        x = self.relu(x)
        x = self.conv5(x)
        x = self.relu(x)
        x = self.maxpool(x)
        print("after conv part:", x.shape)
        x = x.reshape(x.shape[0], -1)
        x = self.fc1(x)
        x = self.relu(x)
        x = self.dropout(x)
        x = self.fc2(x)
        x = self.relu(x)
        x = self.dropout(x)
        x = self.fc3(x)
        return x
