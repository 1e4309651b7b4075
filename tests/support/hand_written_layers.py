"""Programs that write a course's layers out, with places where something can be done otherwise."""

LSTM = """import numpy as np
from utils import Linear, LSTMCell

def sig(z):
    return 1.0 / (1.0 + np.exp(-z))

class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.size = hidden_size
        self.cells = [LSTMCell(hidden_size if k else input_size, hidden_size) for k in range(num_layers)]
        self.head = Linear(hidden_size, output_size)

    def step(self, cell, x, h, c):
        z = x @ cell.W_x + h @ cell.W_h + cell.bias
        f, i, g, o = (z[:, n * self.size:(n + 1) * self.size] for n in range(4))
        c = sig(f) * c + sig(i) * np.tanh(g)
        h = sig(o) * np.tanh(c)
        return h, c

    def forward(self, x):
        series = [x[:, t] for t in range(x.shape[1])]
        for cell in self.cells:
            h = c = np.zeros((len(x), self.size))
            states = []
            for v in series:
                h, c = self.step(cell, v, h, c)
                states.append(h)
            series = states
        return self.head(series[-1])
"""

RESIDUAL_BLOCK = """import numpy as np
from utils import BatchNorm2d, Conv2d

class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.c1 = Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.b1 = BatchNorm2d(out_channels)
        self.c2 = Conv2d(out_channels, out_channels, 3, padding=1)
        self.b2 = BatchNorm2d(out_channels)
        self.cs = None
        if stride != 1 or in_channels != out_channels:
            self.cs = Conv2d(in_channels, out_channels, 1, stride=stride)

    def conv(self, layer, x):
        w, p, s = layer.weight, layer.padding, layer.stride
        k = w.shape[-1]
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        views = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        out = np.einsum("bchwij,ocij->bohw", views, w)
        return out + layer.bias[:, None, None]

    def norm(self, layer, x):
        mean = x.mean(axis=(0, 2, 3), keepdims=True)
        var = x.var(axis=(0, 2, 3), keepdims=True)
        n = (x - mean) / np.sqrt(var + layer.eps)
        return n * layer.gamma[:, None, None] + layer.beta[:, None, None]

    def forward(self, x):
        out = np.maximum(self.norm(self.b1, self.conv(self.c1, x)), 0)
        out = self.norm(self.b2, self.conv(self.c2, out))
        short = x if self.cs is None else self.conv(self.cs, x)
        return np.maximum(out + short, 0)
"""

PATCHES = """import numpy as np
from utils import Linear

class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.p = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size ** 2, d_model)

    def forward(self, x):
        b, c, h, w = x.shape
        p = self.p
        x = x.reshape(b, c, h // p, p, w // p, p).transpose(0, 2, 4, 1, 3, 5).reshape(b, self.n_patches, -1)
        return x @ self.proj.weight + self.proj.bias
"""
