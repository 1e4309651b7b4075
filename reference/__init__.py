"""The answer key: reference models, built on the layers that students get."""
