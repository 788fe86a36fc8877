"""What the sentences of the features mean: they drive a rig, read its journal and say what broke."""
