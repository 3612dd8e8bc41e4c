"""Mathematics of images that layers share."""
