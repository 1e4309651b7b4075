# Exercise 5: Patch embedding


class PatchEmbedding:
    def __init__(self, img_size=224, patch_size=16, in_channels=3, d_model=768):
        """
        Work out how many patches there are, and create the linear layer.

        Args:
            img_size: height and width of the images
            patch_size: height and width of a patch
            in_channels: channels of the images; 3 for colour, 1 for grayscale
            d_model: how long the vector of each patch shall be
        """
        self.img_size = img_size
        self.patch_size = patch_size
        self.n_patches = (img_size // patch_size) ** 2
        # TODO 1: one Linear layer from a flattened patch to d_model. How many numbers are in a patch?
        raise NotImplementedError

    def forward(self, x):
        """
        Turn images into sequences of vectors.

        Args:
            x: shape (batch_size, in_channels, img_size, img_size)

        Returns:
            shape (batch_size, n_patches, d_model)
        """
        # TODO 2: move the pixels of each patch together, shape (batch_size, n_patches, numbers in a patch).
        #         Mind the trap described above: one reshape alone is not enough.
        # TODO 3: the linear layer. It works on the last axis, so it needs no loop.
        raise NotImplementedError
