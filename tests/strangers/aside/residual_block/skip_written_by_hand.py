import numpy as np
from utils import BatchNorm2d, Conv2d, ReLU


class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.stride = stride
        self.fits = stride == 1 and in_channels == out_channels
        self.one = Conv2d(in_channels, out_channels, 1, stride) if not self.fits else None
        self.body = [Conv2d(in_channels, out_channels, 3, stride, 1), BatchNorm2d(out_channels), ReLU(),
                     Conv2d(out_channels, out_channels, 3, 1, 1), BatchNorm2d(out_channels)]

    def skip(self, x):
        if self.fits:
            return x
        picked = x[..., :: self.stride, :: self.stride]
        kernel = np.squeeze(self.one.weight, axis=(2, 3))
        return np.einsum("oc,bchw->bohw", kernel, picked) + self.one.bias[:, None, None]

    def forward(self, x):
        y = x
        for part in self.body:
            y = part(y)
        return (lambda s: s * (s > 0))(y + self.skip(x))
