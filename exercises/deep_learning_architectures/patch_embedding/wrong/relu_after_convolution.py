"""The convolution is followed by a ReLU."""

from utils import Conv2d, ReLU


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Conv2d(in_channels, d_model, kernel_size=patch_size, stride=patch_size)
        self.relu = ReLU()

    def forward(self, x):
        grid = self.relu(self.proj(x))
        return grid.reshape(*grid.shape[:2], -1).transpose(0, 2, 1)
