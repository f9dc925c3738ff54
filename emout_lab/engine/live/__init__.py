"""Live figures: frames of a kept figure, for whoever looks at it, made where its data are."""
