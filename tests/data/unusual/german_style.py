# -*- coding: utf-8 -*-
# Übung 8 – Jürgen Müßig
import numpy as np
import utils as hilfs
from utils import Conv2d as Faltung, Linear as Linear_Schicht, BatchNorm2d as Norm, Dropout as Ausfall, LSTM as _LSTM

Größe = 256 * 6 * 6
σ = lambda z: np.maximum(z, 0)

class Basis:
    def __init__(self):
        self.schichten = {}
    def __getitem__(self, k):
        return self.schichten[k]
    def __setitem__(self, k, v):
        self.schichten[k] = v
    def __call__(self, *a):
        return self.forward(*a)

class AlexNet(Basis):
    def __init__(self, num_classes=10):
        super().__init__()
        kanäle = [3, 96, 256, 384, 384, 256]
        kerne = [11, 5, 3, 3, 3]
        for n, (ein, aus, k) in enumerate(zip(kanäle, kanäle[1:], kerne), 1):
            self[f"faltung{n}"] = Faltung(ein, aus, k, stride=4 if n == 1 else 1, padding=2 if n < 3 else 1)
        self["pool"] = hilfs.MaxPool2d(3, 2)
        self["v1"], self["v2"], self["v3"] = (Linear_Schicht(*p) for p in ((Größe, 4096), (4096, 4096), (4096, num_classes)))
        self["aus"] = Ausfall(0.5)
    def forward(self, x):
        y = x.astype(np.float64)
        for n in range(1, 6):
            y = σ(self[f"faltung{n}"](y))
            y = self["pool"](y) if n in [1, 2, 5] else y
        y = y.reshape(y.shape[0], Größe)
        y = self["aus"](σ(self["v1"](y)))
        y = self["aus"](σ(self["v2"](y)))
        return self["v3"](y)

class ResidualBlock(Basis):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self["f1"] = Faltung(in_channels, out_channels, 3, stride, 1)
        self["n1"] = Norm(out_channels)
        self["f2"] = Faltung(out_channels, out_channels, 3, padding=1)
        self["n2"] = Norm(out_channels)
        self["abk"] = Faltung(in_channels, out_channels, 1, stride) if (in_channels, 1) != (out_channels, stride) else (lambda t: t)
    def forward(self, x):
        haupt = x
        for name in "f1 n1 relu f2 n2".split():
            haupt = σ(haupt) if name == "relu" else self[name](haupt)
        return σ(haupt + self["abk"](x))

class LSTMModel(Basis):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__()
        self.lstms = [_LSTM(input_size, hidden_size)] + [_LSTM(hidden_size, hidden_size) for _ in range(num_layers - 1)]
        self.aus = Linear_Schicht(hidden_size, output_size)
    def forward(self, x):
        for l in self.lstms:
            x, (h, c) = l(x)
        return self.aus(h.squeeze(0))

def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    punkte = Q @ K.transpose((0, 2, 1)) / d_k ** 0.5
    if mask is not None:
        gesperrt = np.repeat((mask != 0)[None], Q.shape[0], axis=0)
        punkte[gesperrt] = -np.inf
    gewichte = hilfs.softmax(punkte, axis=-1)
    return np.einsum("...ij,...jk->...ik", gewichte, V), gewichte

class PatchEmbedding(Basis):
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        super().__init__()
        self.n = img_size // patch_size
        self.p = patch_size
        self.n_patches = self.n * self.n
        self["proj"] = Linear_Schicht(in_channels * patch_size ** 2, d_model)
    def forward(self, x):
        B, C = x.shape[:2]
        n, p = self.n, self.p
        y = x.reshape(B, C, n, p, n, p).swapaxes(1, 2).swapaxes(2, 4).swapaxes(3, 4).swapaxes(2,4)
        # B n ? -> sicher gehen:
        y = np.moveaxis(x.reshape(B, C, n, p, n, p), [2, 4, 1, 3, 5], [1, 2, 3, 4, 5])
        return self["proj"](y.reshape(B, n * n, C * p * p))
