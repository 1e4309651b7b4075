import numpy
import utils
from numpy import zeros, sqrt, exp

class AlexNet():
    def __init__(self, num_classes = 10):
        self.num_classes = num_classes
        for name, (i, o, k, s, p) in {"conv1": (3,96,11,4,2), "conv2": (96,256,5,1,2), "conv3": (256,384,3,1,1), "conv4": (384,384,3,1,1), "conv5": (384,256,3,1,1)}.items():
            setattr(self, name, utils.Conv2d(i, o, k, s, p))
        self.fully1 = utils.Linear(256*6*6, 4096)
        self.fully2 = utils.Linear(4096, 4096)
        self.fully3 = utils.Linear(4096, num_classes)
        self.do1 = utils.Dropout(p=0.5)
        self.do2 = utils.Dropout(p=0.5)
    def relu(self, x):
        return x * (x > 0)
    def forward(self, x):
        n = 1
        while n <= 5:
            x = self.relu(getattr(self, f"conv{n}").forward(x))
            if n in {1, 2, 5}:
                x = utils.MaxPool2d(3, stride=2).forward(x)
            n += 1
        rows = []
        for img in x:
            rows.append(img.flatten())
        x = numpy.array(rows)
        x = self.do1.forward(self.relu(self.fully1.forward(x)))
        x = self.do2.forward(self.relu(self.fully2.forward(x)))
        return self.fully3.forward(x)

class ResidualBlock():
    def __init__(self, in_channels, out_channels, stride=1):
        if stride != 1 or in_channels != out_channels:
            self.shortcut = [utils.Conv2d(in_channels, out_channels, 1, stride, 0), utils.BatchNorm2d(out_channels)]
        else:
            self.shortcut = []
        self.conv2 = utils.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.conv1 = utils.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn2 = utils.BatchNorm2d(out_channels)
        self.bn1 = utils.BatchNorm2d(out_channels)
    def forward(self, x):
        identity = x.copy()
        for layer in self.shortcut:
            identity = layer.forward(identity)
        out = self.conv1.forward(x)
        out = self.bn1.forward(out)
        out[out < 0] = 0
        out = self.conv2.forward(out)
        out = self.bn2.forward(out)
        out += identity
        out = numpy.clip(out, 0, None)
        return out

class LSTMModel():
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.layers = []
        for l in range(num_layers):
            self.layers.append(utils.LSTMCell(input_size if l == 0 else hidden_size, hidden_size))
        self.fc = utils.Linear(hidden_size, output_size)
        self.H = hidden_size
    def forward(self, x):
        B, T, F = x.shape
        h = [zeros((B, self.H)) for _ in self.layers]
        c = [zeros((B, self.H)) for _ in self.layers]
        for t in range(T):
            inp = x[:, t]
            for l, cell in enumerate(self.layers):
                h[l], c[l] = cell.forward(inp, h[l], c[l])
                inp = h[l]
        return self.fc.forward(h[-1])

def student_attention(Q, K, V, mask=None):
    B, T, D = Q.shape
    out = zeros((B, T, V.shape[2]))
    W = zeros((B, T, K.shape[1]))
    for b in range(B):
        for i in range(T):
            row = [sum(Q[b, i, d] * K[b, j, d] for d in range(D)) / sqrt(D) for j in range(K.shape[1])]
            if mask is not None:
                for j in range(len(row)):
                    if mask[i][j]:
                        row[j] = -float("inf")
            m = max(row)
            es = [exp(r - m) for r in row]
            tot = sum(es)
            for j in range(len(row)):
                W[b, i, j] = es[j] / tot
                out[b, i] += W[b, i, j] * V[b, j]
    return out, W

class PatchEmbedding():
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.ps = patch_size
        self.proj = utils.Linear(in_channels * patch_size**2, d_model)
        self.n_patches = (img_size / patch_size) ** 2
    def forward(self, x):
        ps = self.ps
        seq = []
        for i in range(0, x.shape[2], ps):
            for j in range(0, x.shape[3], ps):
                seq.append(self.proj(x[:, :, i:i+ps, j:j+ps].reshape(x.shape[0], -1)))
        return numpy.stack(seq, axis=1)
