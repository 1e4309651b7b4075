"""A convolution whose kernel and stride are the patch's size does the same."""

from utils import Conv2d


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Conv2d(in_channels, d_model, kernel_size=patch_size, stride=patch_size)

    def forward(self, x):
        x = self.proj.forward(x)
        B, D, h, w = x.shape
        return x.reshape(B, D, h * w).transpose(0, 2, 1)
