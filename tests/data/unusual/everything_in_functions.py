import numpy as np
import utils
from utils import *
from types import SimpleNamespace
import itertools as it
import random; random.seed(0)

Conv, Pool, FC = Conv2d, MaxPool2d, Linear
_relu = ReLU()
_pool = Pool(3, 2)
_drop = Dropout(0.5)

def chain(x, *fns):
    for fn in fns:
        x = fn(x)
    return x

def flatten(x): return x.reshape(x.shape[0], -1)

def build(num_classes):
    yield from (Conv(3, 96, 11, 4, 2), _relu, _pool, Conv(96, 256, 5, 1, 2), _relu, _pool)
    yield from (Conv(256, 384, 3, 1, 1), _relu, Conv(384, 384, 3, 1, 1), _relu, Conv(384, 256, 3, 1, 1), _relu, _pool)
    yield flatten
    yield from (FC(9216, 4096), _relu, _drop, FC(4096, 4096), _relu, _drop, FC(4096, num_classes))

class AlexNet:
    def __init__(self, num_classes=10): self.layers = list(build(num_classes))
    def forward(self, x): return chain(x, *self.layers)

class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.n = SimpleNamespace()
        self.n.main = [Conv(in_channels, out_channels, 3, stride, 1), BatchNorm2d(out_channels), _relu, Conv(out_channels, out_channels, 3, 1, 1), BatchNorm2d(out_channels)]
        self.n.side = []
        if not (stride == 1 and in_channels == out_channels):
            self.n.side.append(Conv(in_channels, out_channels, 1, stride))
            self.n.side.append(BatchNorm2d(out_channels))
    def forward(self, x):
        return _relu(chain(x, *self.n.main) + chain(x, *self.n.side))

class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        self.linear = FC(hidden_size, output_size)
    def forward(self, x):
        (_, ((*_, h), _)) = self.lstm.forward(x)
        return self.linear.forward(h)

def student_attention(Q, K, V, mask=None, *, eps=0.0):
    B, T, D = Q.shape
    idx = it.product(range(B), range(T))
    weights = np.empty((B, T, T), dtype=Q.dtype)
    for b, i in idx:
        s = K[b] @ Q[b, i] / np.sqrt(D)
        ok = np.ones(T, bool) if mask is None else mask[i] == 0
        e = np.zeros(T)
        e[ok] = np.exp(s[ok] - s[ok].max())
        weights[b, i] = e / (e.sum() + eps)
    return weights @ V, weights

class PatchEmbedding:
    n_patches = property(lambda self: (self.img_size // self.patch_size) ** 2)
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        vars(self).update({k: v for k, v in locals().items() if k != "self"})
        self.to_vec = FC(in_channels * patch_size * patch_size, d_model)
    def forward(self, x):
        p, g = self.patch_size, self.img_size // self.patch_size
        out = np.zeros((x.shape[0], self.n_patches, self.d_model))
        for k in range(self.n_patches):
            i, j = divmod(k, g)
            out[:, k] = self.to_vec(x[:, :, i*p:(i+1)*p, j*p:(j+1)*p].reshape(x.shape[0], -1))
        return out
