"""Vision Transformer (Dosovitskiy et al. 2021, section 3.1), with fixed positions and no layer normalisation."""

import numpy as np

from exercises.deep_learning_architectures.utils import Array, Conv2d, Linear, PositionalEncoding
from reference.attention import TransformerEncoder


class FlattenedPatches:
    """Cut an image into patches, row by row, flatten each, and multiply each by the same matrix.

    In which order the numbers of a patch are flattened is a convention: ``order`` names the axes of a patch,
    0 channel, 1 row, 2 column, from the slowest to the fastest. Each accepted order is a subclass.
    """

    order = (0, 1, 2)

    def __init__(self, img_size: int = 224, patch_size: int = 16, in_channels: int = 3, d_model: int = 768) -> None:
        self.img_size = img_size
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size * patch_size, d_model)

    def forward(self, x: Array) -> Array:
        """Images (B, C, img_size, img_size) -> (B, n_patches, d_model)."""
        batch, channels, height, width = x.shape
        size = self.patch_size
        cut = x.reshape(batch, channels, height // size, size, width // size, size)
        patch_axes = (1, 3, 5)  # channel, row and column inside a patch
        inside = tuple(patch_axes[axis] for axis in self.order)
        patches = cut.transpose(0, 2, 4, *inside)  # (B, patch's row, patch's column, three axes of a patch)
        embedded: Array = self.proj(patches.reshape(batch, self.n_patches, -1))
        return embedded


class PatchEmbedding(FlattenedPatches):
    """Channel, row, column: as a slice x[b, :, rows, columns] flattens."""

    order = (0, 1, 2)


class PatchEmbeddingChannelColumnRow(FlattenedPatches):
    """Channel, column, row."""

    order = (0, 2, 1)


class PatchEmbeddingRowColumnChannel(FlattenedPatches):
    """Row, column, channel: as in the paper's own code, where images have their channels last."""

    order = (1, 2, 0)


class PatchEmbeddingRowChannelColumn(FlattenedPatches):
    """Row, channel, column."""

    order = (1, 0, 2)


class PatchEmbeddingColumnRowChannel(FlattenedPatches):
    """Column, row, channel."""

    order = (2, 1, 0)


class PatchEmbeddingColumnChannelRow(FlattenedPatches):
    """Column, channel, row."""

    order = (2, 0, 1)


class PatchEmbeddingConvolution:
    """The same map as a convolution whose kernel and stride are the patch's size."""

    def __init__(self, img_size: int = 224, patch_size: int = 16, in_channels: int = 3, d_model: int = 768) -> None:
        self.n_patches = (img_size // patch_size) ** 2
        self.proj = Conv2d(in_channels, d_model, kernel_size=patch_size, stride=patch_size)

    def forward(self, x: Array) -> Array:
        """Images (B, C, img_size, img_size) -> (B, n_patches, d_model)."""
        grid: Array = self.proj(x)  # (B, d_model, rows of patches, patches in a row)
        return grid.reshape(*grid.shape[:2], -1).transpose(0, 2, 1)


class VisionTransformer:
    """Patches and a class token go through encoder layers; the class token's vector gives the logits."""

    def __init__(
        self,
        img_size: int = 224,
        patch_size: int = 16,
        in_channels: int = 3,
        num_classes: int = 1000,
        d_model: int = 768,
        num_heads: int = 12,
        num_layers: int = 12,
        d_ff: int = 3072,
    ) -> None:
        self.patch_embed = PatchEmbedding(img_size, patch_size, in_channels, d_model)
        self.n_patches = self.patch_embed.n_patches
        self.cls_token = np.random.default_rng(2021).standard_normal((1, 1, d_model), dtype=np.float32)
        self.cls_token *= np.float32(0.02)
        self.pos_encoding = PositionalEncoding(d_model, max_len=self.n_patches + 1)
        self.encoders = [TransformerEncoder(d_model, num_heads, d_ff) for _ in range(num_layers)]
        self.head = Linear(d_model, num_classes)

    def forward(self, x: Array) -> Array:
        """Images (B, in_channels, img_size, img_size) -> logits (B, num_classes)."""
        patches = self.patch_embed.forward(x)  # (B, n_patches, d_model)
        cls_tokens = np.repeat(self.cls_token, len(x), axis=0)
        tokens = np.concatenate([cls_tokens, patches], axis=1)  # (B, n_patches + 1, d_model)
        tokens = self.pos_encoding.forward(tokens)
        for encoder in self.encoders:
            tokens = encoder.forward(tokens)
        logits: Array = self.head(tokens[:, 0])
        return logits
