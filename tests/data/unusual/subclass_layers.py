import numpy as np
from utils import *
import utils as nn

if not hasattr(nn, "Sequential"):
    class Sequential(list):
        def __init__(self, *layers): super().__init__(layers)
        def __call__(self, x, **kw):
            for l in self: x = l(x)
            return x

class Conv3x3(Conv2d):
    def __init__(self, i, o, stride=1): super().__init__(i, o, kernel_size=3, stride=stride, padding=1)

class Flatten:
    def __call__(self, x): return x.reshape(x.shape[0], -1)

class LeakyReLU(ReLU):
    slope = 0
    def forward(self, x): return np.where(x >= 0, x, self.slope * x)

class AlexNet:
    def __init__(self, num_classes: "int" = 10):
        self.features = Sequential(
            Conv2d(3, 96, 11, 4, 2), LeakyReLU(), MaxPool2d(3, 2),
            Conv2d(96, 256, 5, 1, 2), LeakyReLU(), MaxPool2d(3, 2),
            Conv3x3(256, 384), LeakyReLU(), Conv3x3(384, 384), LeakyReLU(), Conv3x3(384, 256), LeakyReLU(), MaxPool2d(3, 2), Flatten())
        self.classifier = Sequential(Linear(9216, 4096), LeakyReLU(), Dropout(), Linear(4096, 4096), LeakyReLU(), Dropout(), Linear(4096, num_classes))
    def __call__(self, x): return self.forward(x)
    def forward(self, x): return self.classifier(self.features(x))

class ResidualBlock:
    expansion = 1
    def __init__(self, in_channels, out_channels, stride=1):
        self.stride = stride
        self.body = Sequential(Conv3x3(in_channels, out_channels, stride), BatchNorm2d(out_channels), ReLU(), Conv3x3(out_channels, out_channels * self.expansion), BatchNorm2d(out_channels))
        self.short = Sequential() if stride == 1 and in_channels == out_channels else Sequential(Conv2d(in_channels, out_channels, 1, stride=stride))
    def forward(self, x):
        short = self.short(x)
        body = self.body(x)
        assert short.shape == body.shape
        return ReLU()(body.__add__(short))

class LSTMModel(Sequential):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__(LSTM(input_size, hidden_size, num_layers), lambda r: r[0][:, -1], Linear(hidden_size, output_size))
    def forward(self, x): return self(x)

class student_attention_class:
    def __call__(self, Q, K, V, mask=None):
        d = Q.shape[-1]
        scores = Q @ np.transpose(K, axes=[0, 2, 1]) / np.sqrt(d)
        match mask:
            case None: pass
            case _: scores = np.where(mask[np.newaxis], -1e9, scores)
        self.w = softmax(scores, -1)
        return self.w @ V, self.w
student_attention = student_attention_class()

class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        assert img_size % patch_size == 0
        self.n_patches = (img_size // patch_size) ** 2
        self.patch_size = patch_size
        self.linear = Linear(patch_size * patch_size * in_channels, d_model)
    def extract(self, x):
        p = self.patch_size
        B, C, H, W = x.shape
        out = []
        for b in range(B):
            patches = [x[b, :, i:i+p, j:j+p].flatten() for i in range(0, H, p) for j in range(0, W, p)]
            out.append(patches)
        return np.array(out)
    def forward(self, x): return self.linear(self.extract(x))
