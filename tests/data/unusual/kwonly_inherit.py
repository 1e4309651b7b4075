import numpy as np
from utils import (Conv2d, MaxPool2d, ReLU, Dropout, Linear, BatchNorm2d, LSTM, LSTMCell, softmax)

class Layerish:
    relu = staticmethod(lambda a: np.where(a > 0, a, 0.0))
    @property
    def name(self): return type(self).__name__
    def __call__(self, x): return self.forward(x)

class Stem(Layerish):
    def __init__(self):
        self.conv1 = Conv2d(3, 96, 11, padding=2, stride=4)
        self.conv2 = Conv2d(96, 256, 5, padding=2)
        self.pool = MaxPool2d(3, 2)
    def stem(self, x):
        return self.pool(self.relu(self.conv2(self.pool(self.relu(self.conv1(x))))))

class AlexNet(Stem):
    HIDDEN = 4096
    def __init__(self, num_classes=10, *, dropout=0.5):
        super().__init__()
        self.mid = {"a": Conv2d(256, 384, 3, padding=1), "b": Conv2d(384, 384, 3, padding=1), "c": Conv2d(384, 256, 3, padding=1)}
        self.fc = (Linear(256*36, self.HIDDEN), Linear(self.HIDDEN, self.HIDDEN), Linear(self.HIDDEN, num_classes))
        self.drop = Dropout(dropout)
    def forward(self, x, training=True):
        x = self.stem(x)
        for c in self.mid.values():
            x = self.relu(c(x))
        x = np.reshape(self.pool(x), (x.shape[0], -1))
        x = self.drop(self.relu(self.fc[0](x)))
        x = self.drop(self.relu(self.fc[1](x)))
        return self.fc[2](x)

class _Path(Layerish):
    def __init__(self, *layers): self.layers = layers
    def forward(self, x):
        for l in self.layers: x = l(x)
        return x

class ResidualBlock(Layerish):
    def __init__(self, in_channels, out_channels, stride=1):
        same = dict(kernel_size=3, padding=1)
        self.main = _Path(Conv2d(in_channels, out_channels, stride=stride, **same), BatchNorm2d(out_channels), ReLU(),
                          Conv2d(out_channels, out_channels, **same), BatchNorm2d(out_channels))
        self.side = _Path() if in_channels == out_channels and stride == 1 else _Path(Conv2d(in_channels, out_channels, kernel_size=1, stride=stride))
    def forward(self, x):
        return self.relu(sum(path(x) for path in (self.main, self.side)))

class LSTMModel(LSTM, Layerish):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        LSTM.__init__(self, input_size, hidden_size, num_layers)
        self.to_out = Linear(hidden_size, output_size)
    def forward(self, x):
        output, state = super().forward(x)
        return self.to_out(output[:, -1])

student_attention = None
def _attend(Q, K, V, mask):
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(K.shape[2])
    if mask is not None:
        scores = scores + np.where(mask > 0, np.finfo(scores.dtype).min / 2, 0)
    w = softmax(scores, axis=-1)
    return np.matmul(w, V), w
student_attention = lambda Q, K, V, mask=None: _attend(Q, K, V, mask)

class PatchEmbedding(Layerish):
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.__dict__.update(img_size=img_size, patch_size=patch_size, in_channels=in_channels)
        self.projection = Linear(patch_size ** 2 * in_channels, d_model)
    @property
    def n_patches(self): return (self.img_size // self.patch_size) ** 2
    def _patches(self, image):
        p = self.patch_size
        for top in range(0, self.img_size, p):
            for left in range(0, self.img_size, p):
                yield image[:, top:top + p, left:left + p].transpose(1, 2, 0).ravel()
    def forward(self, x):
        return np.stack([self.projection(np.stack(list(self._patches(im)))) for im in x])
