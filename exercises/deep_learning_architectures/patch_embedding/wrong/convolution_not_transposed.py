"""The convolution's result is reshaped where axes should change places."""

from utils import Conv2d


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        self.d_model = d_model
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Conv2d(in_channels, d_model, kernel_size=patch_size, stride=patch_size)

    def forward(self, x):
        return self.proj(x).reshape(x.shape[0], self.n_patches, self.d_model)
