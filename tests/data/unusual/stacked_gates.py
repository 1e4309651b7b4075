import numpy as np
from utils import *
from utils import Linear as Dense
from numpy.lib.stride_tricks import sliding_window_view
import functools, itertools, operator

def sigmoid(z): return 1. / (1. + np.exp(-z))

# --- Attention
def student_attention(Q, K, V, mask=None):
    d = Q.shape[-1]
    S = np.tensordot(Q, K, axes=([2], [2]))        # (B, T, B, T)
    S = np.stack([S[i, :, i, :] for i in range(len(Q))]) / d ** .5
    S = S if mask is None else np.ma.masked_array(S, np.broadcast_to(mask == 1, S.shape)).filled(-1e9)
    lse = np.log(np.exp(S - S.max(2)[:, :, None]).sum(2)) + S.max(2)
    A = np.exp(S - lse[..., np.newaxis])
    return (A[..., None] * V[:, None]).sum(2), A

# --- LSTM
class StackedLSTM:
    "gates of one layer in one big matrix, taken from utils' cell so that the parameters are the course's"
    def __init__(self, n_in, n_hid):
        self.cell = LSTMCell(n_in, n_hid)
        self.n = n_hid
    def run(self, seq):
        h = np.zeros((seq.shape[0], self.n)); c = np.zeros_like(h)
        hs = []
        for t in range(seq.shape[1]):
            h, c = self.cell.forward(seq[:, t, :], h, c)
            hs.append(h)
        return np.stack(hs, 1)
class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        sizes = [input_size] + [hidden_size] * num_layers
        self.stack = [StackedLSTM(a, b) for a, b in itertools.pairwise(sizes)]
        self.fc = Dense(hidden_size, output_size)
    def forward(self, x):
        return self.fc(functools.reduce(lambda s, l: l.run(s), self.stack, x)[:, -1])

# --- AlexNet
class AlexNet:
    def __init__(self, num_classes=10):
        self.c = [Conv2d(3, 96, 11, 4, 2), Conv2d(96, 256, 5, 1, 2), Conv2d(256, 384, 3, 1, 1), Conv2d(384, 384, 3, 1, 1), Conv2d(384, 256, 3, 1, 1)]
        self.f = [Dense(9216, 4096), Dense(4096, 4096), Dense(4096, num_classes)]
        self.d = Dropout(0.5)
    @staticmethod
    def _pool(a):
        return sliding_window_view(a, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max(axis=(-1, -2))
    def forward(self, x):
        r = functools.partial(np.maximum, 0)
        p = self._pool
        x = p(r(self.c[0](x))); x = p(r(self.c[1](x)))
        x = r(self.c[2](x)); x = r(self.c[3](x)); x = p(r(self.c[4](x)))
        x = x.reshape((-1, 256 * 6 * 6))
        for f in self.f[:-1]:
            x = self.d(r(f(x)))
        return x @ self.f[-1].weight + self.f[-1].bias

class ResidualBlock:
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)
    def __init__(self, in_channels, out_channels, stride=1):
        def conv3(i, s=1): return Conv2d(in_channels=i, out_channels=out_channels, kernel_size=3, stride=s, padding=1)
        def norm(): return BatchNorm2d(num_features=out_channels)
        self.layers = conv3(in_channels, stride), norm(), conv3(out_channels), norm()
        self.downsample = [] if stride == 1 and in_channels == out_channels else [Conv2d(in_channels, out_channels, 1, stride=stride), norm()]
    def forward(self, x):
        c1, n1, c2, n2 = self.layers
        res = x
        for d in self.downsample: res = d(res)
        return ReLU()(n2(c2(ReLU()(n1(c1(x))))) + res)

class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.p, self.c = patch_size, in_channels
        self.n_patches = np.square(img_size // patch_size)
        self.embed = Dense(in_channels * patch_size * patch_size, d_model)
    def forward(self, x):
        v = sliding_window_view(x, (self.p, self.p), axis=(2, 3))[:, :, ::self.p, ::self.p]   # B C n n p p
        B, C, n, m, p, q = v.shape
        return self.embed(np.moveaxis(v, 1, 3).reshape(B, n * m, C * p * q))
